import type { LabRouter, LabServer } from "./model/evidence.ts";
import { type ParsedPortRule, type PortRule, parsePortRule } from "./model/firewall.ts";
import { DEFAULT_MTU } from "./model/link.ts";
import { keepsNoState } from "./model/nat.ts";
import type { Change } from "./model/scenario.ts";
import { INTERNET, routerBehaviour, type Topology } from "./model/topology.ts";
import type { TurnServerPlan } from "./turn/turn-server.ts";
import { optionsWithoutSecrets } from "./without-secrets.ts";

/** Of the wire of a node: the largest packet that passes, and how many were larger. */
export type WireFacts = (node: string) => { mtu: number; tooBig: number };

/** What one router has dropped or refused; absent: nobody counted. */
export type DropFacts = (router: string) => Pick<LabRouter, "dropped" | "tooBig"> | undefined;

/** The routers in front of a peer, from the innermost outwards. `behind`: what the peer hangs on. */
export function labRouters(
  { routers = {} }: Topology,
  peer: { name: string; behind: string },
  wireOf: WireFacts,
  dropsOf: DropFacts,
): LabRouter[] {
  const found: LabRouter[] = [];
  // Of a LAN only the peer's own wire lies on its way.
  let inside = peer.name;
  for (let name = peer.behind; name !== INTERNET; ) {
    const spec = routers[name];
    if (!spec) throw new Error(`no router ${name}`);
    const behaviour = routerBehaviour(spec);
    const wires = [wireOf(inside), wireOf(name)];
    const drops = dropsOf(name) ?? { dropped: [], tooBig: 0 };
    found.push({
      name,
      mapping: behaviour.mapping,
      filtering: behaviour.filtering,
      hairpinning: behaviour.hairpinning,
      firewall: behaviour.firewall,
      mappingLifetimeS: keepsNoState(behaviour) ? null : behaviour.mappingLifetimeMs / 1000,
      dropped: drops.dropped,
      mtu: Math.min(...wires.map(({ mtu }) => mtu)),
      tooBig: wires.reduce((sum, { tooBig }) => sum + tooBig, drops.tooBig),
    });
    inside = name;
    name = spec.upstream ?? INTERNET;
  }
  return found;
}

/** coturn 4.17.0 and 4.17.1 send datagrams that end at the first router (coturn#2043). */
const SHORT_TTL_VERSIONS: readonly string[] = ["4.17.0", "4.17.1"];

/** What the lab knows of a server because it made it; no secret is in it. */
export function labServer(
  { topology }: { topology: Topology },
  plan: TurnServerPlan,
  { isUp, wireOf }: { isUp: boolean; wireOf: WireFacts },
): LabServer {
  const spec = topology.turnServers?.[plan.name];
  const behind = spec?.behind ?? INTERNET;
  const router = topology.routers?.[behind];
  const version = plan.found?.version ?? null;
  const hasShortTtl = version !== null && SHORT_TTL_VERSIONS.includes(version);
  return {
    name: plan.name,
    hostname: plan.hostname,
    aliases: plan.aliases,
    address: plan.address,
    relayedAddress: plan.outside ? null : relayedAddress(plan),
    listeners: plan.listeners.map(({ transport, port }) => `${transport}:${port}`),
    firewall: gatesOf(plan),
    relayRange: { min: plan.relay.minPort, max: plan.relay.maxPort },
    behind: behind === INTERNET ? null : behind,
    isUp,
    certificateFlaw: plan.certificate ?? null,
    isMinted: plan.secrets.length > 0,
    options: optionsWithoutSecrets(plan.options),
    version,
    sendsTtl: spec?.sendsTtl ?? (hasShortTtl ? 1 : null),
    isHairpinMissing: router !== undefined && !routerBehaviour(router).hairpinning,
    mtu: wireOf(plan.name).mtu,
  };
}

/** `external-ip=PUBLIC/PRIVATE`, or `PUBLIC`, else where the relay sockets are bound (coturn: README.turnserver). */
function relayedAddress({ options, relay }: TurnServerPlan): string {
  const [external] = [options["external-ip"]].flat();
  return typeof external === "string" ? (external.split("/")[0] ?? external) : relay.address;
}

/** What comes in to a server at all: through its own firewall, and by what routers in front of it forward. */
function gatesOf({ firewall, forwarded = [] }: TurnServerPlan): PortRule[] | null {
  const gates = [...(firewall ? [firewall] : []), ...forwarded];
  const [first, ...others] = gates;
  if (!first) return null;
  return others.reduce<PortRule[]>(
    (left, gate) => left.flatMap((rule) => gate.flatMap((one) => common(rule, one))),
    [...first],
  );
}

function common(one: PortRule, other: PortRule): PortRule[] {
  const [a, b] = [parsePortRule(one), parsePortRule(other)];
  if (!a || !b || a.protocol !== b.protocol) return [];
  const both: ParsedPortRule = { protocol: a.protocol, min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
  return both.min <= both.max ? [`${both.protocol}:${Math.max(1, both.min)}-${both.max}`] : [];
}

/** A change that was made, in words, and to what. */
export function changeFacts(change: Change): {
  text: string;
  kind: "router" | "link" | "server" | "secrets";
  name: string;
} {
  if ("router" in change) {
    const dead = change.downMs ? `, after it was dead for ${change.downMs} ms` : "";
    return { text: `router ${change.router} lost its NAT state${dead}`, kind: "router", name: change.router };
  }
  if ("link" in change) {
    const conditions = Object.entries(change.link).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
    const now = conditions.join(", ") || "no conditions";
    return { text: `the wire of ${change.node} took ${now}`, kind: "link", name: change.node };
  }
  if ("becomes" in change)
    return { text: `server ${change.server} was ${change.becomes}`, kind: "server", name: change.server };
  const what = "secrets" in change ? "took other secrets" : "had its credentials minted with another secret";
  return { text: `server ${change.server} ${what}`, kind: "secrets", name: change.server };
}

/** Of a wire whose conditions nobody changes. */
export const BARE_WIRE = { mtu: DEFAULT_MTU, tooBig: 0 } as const;
