import { CLIENTS, FAR_PEER } from "../model/allocation-load.ts";
import { durationMs, parseDuration } from "../model/duration.ts";
import type { TurnTransport } from "../model/ice.ts";
import { didYouMean } from "../model/nearest.ts";
import { listensAt } from "../model/server-ports.ts";
import { INTERNET, type TurnServerSpec } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { behindFaults } from "./peer-faults.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { listed } from "./topology-faults.ts";

/** Faults of what raw TURN clients do, and of where they and their peer stand. */
export function allocationFaults(value: unknown): Fault[] {
  return [
    ...placeFaults(value),
    ...serverFaults(value),
    ...farPeerFaults(value),
    ...trafficFaults(value),
    ...timeFaults(value),
    ...listFaults(value),
  ];
}

/** Nodes of its lab beside those of the topology, by what they are called there. */
export function allocationNodes(value: unknown): { name: string; place: string }[] {
  const far = valueAt(value, ["farPeer"]) === undefined ? [] : [{ name: FAR_PEER, place: "farPeer" }];
  return [{ name: CLIENTS, place: "clients" }, ...far];
}

/** Clients speak over IPv4: a network without it has no way to the server. */
function placeFaults(value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers");
  return ["clients", "farPeer"].flatMap((key) => {
    const behind = valueAt(value, [key, "behind"]);
    const place = `${key}.behind`;
    const router = routers.find(([name]) => name === behind)?.[1];
    const ip = valueAt(router, ["ip"]);
    const faults = behindFaults(
      place,
      behind,
      routers.map(([name]) => name),
    );
    if (key === "farPeer" || (ip !== "ipv6" && ip !== "nat64")) return faults;
    const expected = "a router with IPv4: raw TURN clients use no other";
    return [...faults, { place, expected, found: `${show(behind)}, with ip ${show(ip)}` }];
  });
}

function serverFaults(value: unknown): Fault[] {
  const [name, over] = [valueAt(value, ["allocation", "server"]), valueAt(value, ["allocation", "over"])];
  if (typeof name !== "string") return [];
  const servers = membersAt(value, "topology", "turnServers");
  const names = servers.map(([server]) => server);
  const spec = servers.find(([server]) => server === name)?.[1];
  if (spec === undefined) {
    const expected =
      names.length === 0
        ? "a server of topology.turnServers, which has none"
        : `one of topology.turnServers${listed(names)}`;
    return [{ place: "allocation.server", expected, found: show(name), ...didYouMean(name, names) }];
  }
  const isTransport = over === "udp" || over === "tcp" || over === "tls";
  if (!isTransport || !isRecord(spec) || isRecord(spec.image)) return [];
  if (listensAt(spec as TurnServerSpec, { transport: over as TurnTransport, port: null })) return [];
  const expected = `a transport that ${name} listens on: its options leave ${over} out`;
  return [{ place: "allocation.over", expected, found: show(over) }];
}

function farPeerFaults(value: unknown): Fault[] {
  const [relayTo, farPeer] = [valueAt(value, ["allocation", "relayTo"]), valueAt(value, ["farPeer"])];
  if (relayTo === "peer" && farPeer === undefined) {
    const expected = 'where the peer stands that sends packets back, since allocation.relayTo is "peer"';
    return [{ place: "farPeer", expected, found: "nothing", hint: `{ behind: "${INTERNET}" } is the usual place.` }];
  }
  const behind = valueAt(farPeer, ["behind"]);
  const isRouter = membersAt(value, "topology", "routers").some(([name]) => name === behind);
  if (relayTo === "peer" && isRouter) {
    const expected = `"${INTERNET}": relays send to its own address, and those inside of a router cannot be sent to`;
    return [{ place: "farPeer.behind", expected, found: show(behind) }];
  }
  if ((relayTo !== "allocation" && relayTo !== "none") || farPeer === undefined) return [];
  return [
    { place: "farPeer", expected: `none: nothing is sent to one with relayTo ${show(relayTo)}`, found: show(farPeer) },
  ];
}

/** What is not relayed has neither packets nor a way that they go by. */
function trafficFaults(value: unknown): Fault[] {
  if (valueAt(value, ["allocation", "relayTo"]) !== "none") return [];
  return ["traffic", "by"].flatMap((key): Fault[] => {
    const found = valueAt(value, ["allocation", key]);
    if (found === undefined) return [];
    return [
      { place: `allocation.${key}`, expected: 'none: with relayTo "none" no packets are sent', found: show(found) },
    ];
  });
}

/** A load that is over, its `gracefulStop` too, before one iteration can be: none would end as planned. */
function timeFaults(value: unknown): Fault[] {
  const holdMs = valueAt(value, ["allocation", "holdMs"]);
  const load = valueAt(value, ["load"]);
  if (typeof holdMs !== "number" || !isRecord(load)) return [];
  const msOf = (text: unknown) => (typeof text === "string" ? parseDuration(text) : null);
  const gracefulMs = load.gracefulStop === undefined ? durationMs("30s") : msOf(load.gracefulStop);
  const stages: unknown[] = Array.isArray(load.stages) ? load.stages : [];
  const lengths =
    load.duration === undefined ? stages.map((stage) => msOf(valueAt(stage, ["duration"]))) : [msOf(load.duration)];
  const { vus, iterations, executor, maxDuration = "10m" } = load;
  const isCounted = typeof vus === "number" && typeof iterations === "number";
  const rounds = !isCounted ? 1 : executor === "shared-iterations" ? Math.ceil(iterations / vus) : iterations;
  const ofLoad = isCounted ? [msOf(maxDuration)] : lengths;
  if (gracefulMs === null || ofLoad.length === 0 || ofLoad.some((ms) => ms === null)) return [];
  const lastsMs = ofLoad.reduce<number>((sum, ms) => sum + (ms ?? 0), gracefulMs);
  if (rounds * holdMs <= lastsMs) return [];
  const expected = `at most ${Math.floor(lastsMs / rounds)}: the load and its gracefulStop last ${lastsMs} ms${rounds > 1 ? `, and a VU has ${rounds} iterations` : ""}`;
  const hint = "A longer gracefulStop, or a longer load, lets iterations end as planned.";
  return [{ place: "allocation.holdMs", expected, found: show(holdMs), hint }];
}

/** Raw clients are given their server; there is nobody who would ask for a list. */
function listFaults(value: unknown): Fault[] {
  return ["iceServerApis", "deadHosts"].flatMap((key): Fault[] => {
    const found = valueAt(value, ["topology", key]);
    if (found === undefined) return [];
    const expected = "none in a load of allocations: its clients take no list of ICE servers";
    return [{ place: `topology.${key}`, expected, found: show(found) }];
  });
}
