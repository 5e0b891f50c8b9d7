import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, ROLES } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { foreignFaults } from "./ice-server-api-faults.ts";
import { linkFaults } from "./link-faults.ts";
import { didYouMean } from "./nearest.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { hasIpv6 } from "./router-faults.ts";
import { listed } from "./topology-faults.ts";

/** Faults of changes in mid-run: of what, to what, and when. */
export function changeFaults(value: unknown): Fault[] {
  const changes = valueAt(value, ["changes"]);
  if (!Array.isArray(changes)) return [];
  return changes.flatMap((change: unknown, index) => {
    if (!isRecord(change)) return [];
    const place = `changes[${index}]`;
    return [...kindFaults(place, change), ...targetFaults(place, change, value), ...timeFaults(place, change, value)];
  });
}

function kindFaults(place: string, change: Record<string, unknown>): Fault[] {
  const given = Object.keys(change).filter((key) => change[key] !== undefined && key !== "atMs");
  const isForgetting = change.router !== undefined || change.forgets !== undefined;
  const isLink = change.node !== undefined || change.link !== undefined;
  const isSecret = change.server !== undefined || change.secrets !== undefined || change.mintsWith !== undefined;
  const expected =
    "atMs with router and forgets: true (and downMs), or with node and link, or with server and secrets or mintsWith";
  if (isSecret && !isForgetting && !isLink) {
    const missing = change.server === undefined || (change.secrets === undefined) === (change.mintsWith === undefined);
    return missing || change.downMs !== undefined ? [{ place, expected, found: given.join(", ") }] : [];
  }
  if (isSecret) return [{ place, expected, found: given.join(", ") }];
  if (isForgetting === isLink) return [{ place, expected, found: given.join(", ") || "neither" }];
  const needed = isForgetting ? ["router", "forgets"] : ["node", "link"];
  const missing = needed.filter((key) => change[key] === undefined).map((key) => ({ key, found: "nothing" }));
  const wrong = isLink && change.downMs !== undefined ? [{ key: "downMs", found: show(change.downMs) }] : [];
  return [...missing, ...wrong].map(({ key, found }) => ({ place: `${place}.${key}`, expected, found }));
}

function targetFaults(place: string, { router, node, link, server }: Record<string, unknown>, value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers");
  const servers = membersAt(value, "topology", "turnServers").map(([name]) => name);
  const routerNames = routers.map(([name]) => name);
  const names = { router: routerNames, node: [...ROLES, ...routerNames, ...servers], server: servers };
  const unknown = (key: "router" | "node" | "server", name: unknown, what: string): Fault[] =>
    typeof name !== "string" || names[key].includes(name)
      ? []
      : [
          {
            place: `${place}.${key}`,
            expected: `${what}${listed(names[key])}`,
            found: show(name),
            ...didYouMean(name, names[key]),
          },
        ];
  const behind = typeof node === "string" ? valueAt(value, ["peers", node, "behind"]) : undefined;
  const ownRouter = routers.find(([name]) => name === node || name === behind)?.[1];
  return [
    ...unknown("router", router, "a router"),
    ...unknown("node", node, "a peer, a router or a server"),
    ...unknown("server", server, "a server"),
    ...secretFaults(`${place}.server`, server, value),
    ...linkFaults(`${place}.link`, link, hasIpv6(ownRouter)),
  ];
}

/** Only secrets that the scenario names can be told apart; those of an API are fresh and nobody's to change. */
function secretFaults(place: string, server: unknown, value: unknown): Fault[] {
  if (typeof server !== "string") return [];
  const spec = valueAt(value, ["topology", "turnServers", server]);
  if (!isRecord(spec)) return [];
  if (spec.secrets !== undefined) return foreignFaults(place, server, value);
  const expected = "a server with secrets of its own, to begin with";
  return [{ place, expected, found: show(server), hint: `Set topology.turnServers.${server}.secrets.` }];
}

/** The load's longest possible course: every session takes its whole time limit. */
function timeFaults(place: string, { atMs }: Record<string, unknown>, value: unknown): Fault[] {
  const load = (key: string) => valueAt(value, ["load", key]);
  const [vus, iterations] = [load("vus"), load("iterations")];
  const { sessionTimeoutMs = DEFAULT_SESSION_TIMEOUT_MS } = isRecord(value) ? value : {};
  const durationMs = valueAt(value, ["traffic", "durationMs"]) ?? DEFAULT_TRAFFIC.durationMs;
  if (![atMs, vus, iterations, sessionTimeoutMs, durationMs].every((number) => typeof number === "number")) return [];
  // One VU may come to all of what is shared but the others' first.
  const isShared = load("executor") === "shared-iterations";
  const turns = isShared ? Math.max(1, Number(iterations) - Number(vus) + 1) : Number(iterations);
  const endMs = turns * (Number(sessionTimeoutMs) + Number(durationMs));
  if (Number(atMs) < endMs) return [];
  const expected = `a time before ${endMs}, when the load has ended at the latest`;
  return [{ place: `${place}.atMs`, expected, found: show(atMs) }];
}
