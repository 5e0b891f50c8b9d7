import { type Flow, letsIn, type PortRule, parsePortRule } from "../model/firewall.ts";
import { parseIceUrlKind } from "../model/ice.ts";
import type { ListenerSpec } from "../model/other-server.ts";
import { listenersAt } from "../model/server-ports.ts";
import type { TurnServerSpec } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";

/**
 * A firewall that lets nobody in to any listener of its server: the lab could not tell whether the server behind it is
 * alive, and no scenario would be about it.
 */
export function serverFirewallFaults(value: unknown): Fault[] {
  return membersAt(value, "topology", "turnServers").flatMap(([name, server]): Fault[] => {
    const firewall = valueAt(server, ["firewall"]);
    if (!isRules(firewall) || firewall.length === 0) return [];
    const listeners = listenerPorts(value, name, server);
    // A declaration without one is told already.
    if (listeners.length === 0) return [];
    const ports = listeners.map(({ protocol, port }) => `${protocol}:${port}`);
    if (listeners.some((listener) => letsIn(firewall, listener))) return [];
    return [
      {
        place: `topology.turnServers.${name}.firewall`,
        expected: `a rule for at least one port that the server listens on: ${[...new Set(ports)].join(", ")}`,
        found: show(firewall),
        hint: "The lab would not know whether the server behind it is alive.",
      },
    ];
  });
}

/** What a server listens on, with what URLs of peers make it open. */
export function listenerPorts(value: unknown, name: string, server: unknown): Omit<Flow, "isTls">[] {
  const listeners = listenersAt(readable(server), portsAskedOf(value, name));
  return listeners.map(({ transport, port }) => ({ protocol: transport === "udp" ? "udp" : "tcp", port }));
}

/** As much of a spec as has the right shape; the rest is told already. */
function readable(server: unknown): Pick<TurnServerSpec, "options" | "image"> {
  const [options, image] = [valueAt(server, ["options"]), valueAt(server, ["image"])];
  return {
    ...(isRecord(options) ? { options: options as NonNullable<TurnServerSpec["options"]> } : {}),
    ...(isRecord(image) && isTexts(image.listeners) ? { image: { reference: "", listeners: image.listeners } } : {}),
  };
}

function isTexts(value: unknown): value is ListenerSpec[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function isRules(value: unknown): value is PortRule[] {
  return Array.isArray(value) && value.every((rule) => typeof rule === "string" && parsePortRule(rule) !== null);
}

/** Ports that URL kinds of peers, and of a grid's cells, name for a server. */
function portsAskedOf(value: unknown, server: string): number[] {
  const cells = valueAt(value, ["cells"]);
  const lists = [
    ...membersAt(value, "peers").map(([, peer]) => valueAt(peer, ["iceServers"])),
    ...(Array.isArray(cells) ? cells : []).flatMap((cell: unknown) =>
      membersAt(cell, "iceServers").map(([, list]) => list),
    ),
  ];
  return lists
    .flatMap((list): unknown[] => (Array.isArray(list) ? list : []))
    .flatMap((ref): unknown[] => {
      const urls = valueAt(ref, ["urls"]);
      return valueAt(ref, ["server"]) === server && Array.isArray(urls) ? urls : [];
    })
    .flatMap((kind) => (typeof kind === "string" ? (parseIceUrlKind(kind)?.port ?? []) : []));
}
