import { didYouMean } from "../model/nearest.ts";
import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, ROLES } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { foreignFaults } from "./ice-server-api-faults.ts";
import { linkFaults } from "./link-faults.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { hasIpv6 } from "./router-faults.ts";
import { serverChangeFaults } from "./server-change-faults.ts";
import { listed } from "./topology-faults.ts";

/** Faults of changes in mid-run: of what, to what, and when. */
export function changeFaults(value: unknown): Fault[] {
  const changes = valueAt(value, ["changes"]);
  if (!Array.isArray(changes)) return [];
  const each = changes.flatMap((change: unknown, index) => {
    if (!isRecord(change)) return [];
    const place = `changes[${index}]`;
    return [...kindFaults(place, change), ...targetFaults(place, change, value), ...timeFaults(place, change, value)];
  });
  return [...each, ...serverChangeFaults(changes)];
}

const OF_SERVER = { needs: ["server", "becomes"], may: [] };
/** Each kind of change: what it needs, and what it may have. */
const KINDS = [
  { needs: ["router", "forgets"], may: ["downMs"] },
  { needs: ["node", "link"], may: [] },
  OF_SERVER,
  { needs: ["server", "secrets"], may: [] },
  { needs: ["server", "mintsWith"], may: [] },
];
const EXPECTED =
  "atMs with router and forgets: true (and downMs), or atMs with node and link, or atMs with server and one of becomes, secrets, mintsWith";

function kindFaults(place: string, change: Record<string, unknown>): Fault[] {
  const given = Object.keys(change).filter((key) => change[key] !== undefined && key !== "atMs");
  // Three kinds are of a server: what becomes of it tells which.
  const own = (key: string) => key !== "server" && given.includes(key);
  const [kind = given.includes("server") ? OF_SERVER : undefined, ...more] = KINDS.filter(({ needs }) =>
    needs.some(own),
  );
  if (!kind || more.length > 0) return [{ place, expected: EXPECTED, found: given.join(", ") || "none of these" }];
  const missing = kind.needs.filter((key) => !given.includes(key)).map((key) => ({ key, found: "nothing" }));
  const legal = [...kind.needs, ...kind.may];
  // A key of no kind is the structure's fault.
  const foreign = KINDS.flatMap(({ needs, may }) => [...needs, ...may]).filter((key) => !legal.includes(key));
  const wrong = foreign.filter((key) => given.includes(key)).map((key) => ({ key, found: show(change[key]) }));
  return [...missing, ...wrong].map(({ key, found }) => ({ place: `${place}.${key}`, expected: EXPECTED, found }));
}

function targetFaults(place: string, change: Record<string, unknown>, value: unknown): Fault[] {
  const { router, node, server, link } = change;
  const routers = membersAt(value, "topology", "routers");
  const servers = membersAt(value, "topology", "turnServers").map(([name]) => name);
  const routerNames = routers.map(([name]) => name);
  const regions = membersAt(value, "topology", "regions").map(([name]) => name);
  const names = { router: routerNames, node: [...ROLES, ...routerNames, ...servers, ...regions], server: servers };
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
  // All families of a region pass its wire.
  const isRegion = regions.some((name) => name === node);
  const carriesIpv6 = hasIpv6(ownRouter) || (isRegion && routers.some(([, router]) => hasIpv6(router)));
  return [
    ...unknown("router", router, "a router"),
    ...unknown("node", node, "a peer, a router, a server or a region"),
    ...unknown("server", server, "a server"),
    ...secretFaults(`${place}.server`, change, value),
    ...linkFaults(`${place}.link`, link, carriesIpv6),
  ];
}

/** Only secrets that the scenario names can be told apart; those of an API are fresh and nobody's to change. */
function secretFaults(place: string, change: Record<string, unknown>, value: unknown): Fault[] {
  const { server, secrets, mintsWith } = change;
  if (typeof server !== "string" || (secrets === undefined && mintsWith === undefined)) return [];
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
