import { type EndpointDependence, FIRST_SEQUENTIAL_PORT } from "../lab/model/nat.ts";
import type { ObservedIpv6 } from "../lab/model/observed-ipv6.ts";
import type { FirewallCheck, ObservedNat, ObservedPorts, RouterBehaviour } from "../lab/model/observed-nat.ts";

/**
 * What a probe saw of a router, and what it could not tell. The claim says only how large a block was to be looked for:
 * nothing of it is repeated that was not seen.
 */
export function describeObserved(claimed: RouterBehaviour, observed: ObservedNat): string {
  const { ipv6 } = observed;
  const untold = [...untoldOf(observed), ...(ipv6 ? untoldOfIpv6(ipv6) : [])];
  const said = [
    describeUdp(claimed, observed),
    describeTcp(observed),
    ...describeForwards(observed),
    describeWalls(observed.firewall),
    ...(ipv6 ? [describeIpv6(ipv6), describeIpv6Walls(observed.firewall, ipv6.firewall)] : []),
    untold.length === 0 ? "" : `not told: ${untold.join(", ")}`,
  ].filter((words) => words !== "");
  return said.length === 0 ? "nothing" : said.join("; ");
}

const PORT_WORDS: Record<ObservedPorts, string> = {
  preserving: "ports preserved",
  random: "random ports",
  sequential: "consecutive ports",
};

/** Empty where no UDP got out. */
function describeUdp({ portAllocation: claimedPorts }: RouterBehaviour, observed: ObservedNat): string {
  const { mapping, filtering, portAllocation, addressing, externalPorts, hairpinning, lifetimeMs, refreshedBy } =
    observed;
  const isBlock = typeof claimedPorts !== "string" && isWithinBlock(externalPorts, claimedPorts.portsPerSubscriber);
  const ports = isBlock ? "ports within a block" : portAllocation && PORT_WORDS[portAllocation];
  return [
    ...axes(asTold(mapping, observed.firewall, "udp"), filtering),
    ...(addressing === "one-to-one" ? ["an outside address for each host"] : ports ? [ports] : []),
    ...(lifetimeMs === null ? [] : [lifetimeWords(lifetimeMs)]),
    ...(refreshedBy === null ? [] : [REFRESH_WORDS[refreshedBy]]),
    ...(hairpinning === true ? ["hairpinning"] : []),
    ...(hairpinning === false && isHairpinVisible(observed) ? ["no hairpinning"] : []),
  ].join(", ");
}

/** Blocks lie side by side from the first port on. */
function isWithinBlock(ports: readonly number[], size: number): boolean {
  return new Set(ports.map((port) => Math.floor((port - FIRST_SEQUENTIAL_PORT) / size))).size === 1;
}

function describeTcp({ mapping, filtering, tcp, firewall }: ObservedNat): string {
  if (tcp.mapping === null && tcp.filtering === null) return "";
  if (tcp.mapping === mapping && tcp.filtering === filtering) return "TCP alike";
  return `TCP ${axes(asTold(tcp.mapping, firewall, "tcp"), tcp.filtering).join(", ")}`;
}

/** `UDP ports 3478, 49152, 65535 and TCP port 3478 lead to turn, both ways`; only what was seen. */
function describeForwards({ forwards = [], leaving = [] }: ObservedNat): string[] {
  const seen = Map.groupBy(
    forwards.filter(({ observed }) => observed),
    ({ to }) => to,
  );
  return [...seen].map(([node, checks]) => {
    const byProtocol = Map.groupBy(checks, ({ protocol }) => protocol);
    const ports = [...byProtocol].map(([protocol, own]) => {
      return `${protocol.toUpperCase()} ${own.length > 1 ? "ports" : "port"} ${own.map(({ port }) => port).join(", ")}`;
    });
    const out = leaving.filter(({ from }) => from === node);
    const isBothWays = out.length > 0 && out.every(({ expected, observed }) => observed === expected);
    return `${ports.join(" and ")} ${checks.length > 1 ? "lead" : "leads"} to ${node}${isBothWays ? ", both ways" : ""}`;
  });
}

function axes(mapping: string | null, filtering: string | null): string[] {
  if (mapping !== null && mapping === filtering) return [`mapping and filtering ${mapping}`];
  return [
    ...(mapping === null ? [] : [`mapping ${mapping}`]),
    ...(filtering === null ? [] : [`filtering ${filtering}`]),
  ];
}

/** With one port to send to, nobody can tell whether a mapping depends on the port or on the address alone. */
function asTold(mapping: EndpointDependence | null, checks: readonly FirewallCheck[], protocol: "udp" | "tcp") {
  const isDependent = mapping === "address-and-port-dependent";
  return isDependent && portsPassed(checks, protocol).length === 1 ? "address-dependent at least" : mapping;
}

function lifetimeWords({ livedAtLeast, goneAfter }: NonNullable<ObservedNat["lifetimeMs"]>): string {
  const seconds = (ms: number) => Number((ms / 1000).toFixed(2));
  return goneAfter === null
    ? `alive after ${seconds(livedAtLeast)} s`
    : `alive after ${seconds(livedAtLeast)} s and gone after ${seconds(goneAfter)} s`;
}

const REFRESH_WORDS: Record<NonNullable<ObservedNat["refreshedBy"]>, string> = {
  both: "refreshed from either side",
  outbound: "refreshed from inside only",
  inbound: "refreshed from outside only",
  neither: "refreshed by nothing",
};

/** Elsewhere, no packet that comes back is no sign that hairpinning is off: a filter or a firewall may have kept it. */
function isHairpinVisible({ mapping, filtering, firewall }: ObservedNat): boolean {
  const isKeptIn = firewall.some(({ flow, observed }) => flow.protocol === "udp" && observed !== "passed");
  return !isKeptIn && [mapping, filtering].includes("endpoint-independent");
}

/** What there was to see, because packets of its protocol got out, and was not seen. */
function untoldOf(observed: ObservedNat): string[] {
  const { mapping, filtering, portAllocation, hairpinning, tcp, firewall } = observed;
  const nulls = (told: Record<string, unknown>) => Object.keys(told).filter((what) => told[what] === null);
  const hasUdp = mapping !== null || portsPassed(firewall, "udp").length > 0;
  const hasTcp = tcp.mapping !== null || portsPassed(firewall, "tcp").length > 0;
  const hairpin = hairpinning === true || (hairpinning === false && isHairpinVisible(observed)) ? hairpinning : null;
  return [
    ...(hasUdp ? nulls({ mapping, filtering, "port allocation": portAllocation, hairpinning: hairpin }) : []),
    ...(hasTcp ? nulls({ "TCP mapping": tcp.mapping, "TCP filtering": tcp.filtering }) : []),
  ];
}

function describeIpv6({ translated, filtering, ipv4Answered }: ObservedIpv6): string {
  const said = [
    ...(translated === null ? [] : [translated ? "translated" : "untranslated"]),
    ...(filtering === null ? [] : [`filtering ${filtering}`]),
    ...(ipv4Answered === false ? ["no IPv4 answered"] : []),
  ];
  return said.length === 0 ? "" : `IPv6 ${said.join(", ")}`;
}

function untoldOfIpv6({ translated, filtering, firewall }: ObservedIpv6): string[] {
  if (portsPassed(firewall, "udp").length === 0) return [];
  return [...(translated === null ? ["IPv6 translation"] : []), ...(filtering === null ? ["IPv6 filtering"] : [])];
}

function portsPassed(checks: readonly FirewallCheck[], protocol: "udp" | "tcp"): number[] {
  const passed = checks.filter(({ flow, via, observed }) => {
    return flow.protocol === protocol && via === "direct" && observed === "passed";
  });
  return [...new Set(passed.map(({ flow }) => flow.port))];
}

/** Which flows got out, of those that were tried; empty where all did. */
function describeWalls(checks: readonly FirewallCheck[]): string {
  const kindOf = ({ flow, via }: FirewallCheck) => {
    if (via === "proxy") return "through the proxy";
    return flow.isTls ? "TLS on TCP" : flow.protocol.toUpperCase();
  };
  if (checks.every(({ observed }) => observed === "passed")) return "";
  return [...Map.groupBy(checks, kindOf)].flatMap(([kind, own]) => fateWords(kind, own)).join("; ");
}

/** What IPv6 did, where that is not what IPv4 did. */
function describeIpv6Walls(ipv4: readonly FirewallCheck[], ipv6: readonly FirewallCheck[]): string {
  const walls = describeWalls(ipv6);
  if (ipv6.length === 0 || (ipv4.length > 0 && walls === describeWalls(ipv4))) return "";
  if (walls !== "") return `over IPv6 ${walls}`;
  return ipv4.length === 0 ? "" : "over IPv6 everything passed";
}

/** `UDP dropped`; `TCP 80, 443 passed, other ports dropped`. */
function fateWords(kind: string, checks: readonly FirewallCheck[]): string[] {
  const ports = (own: readonly FirewallCheck[]) => own.map(({ flow }) => flow.port).join(", ");
  const fates = [...Map.groupBy(checks, ({ observed }) => observed)].sort(
    // What passed is the exception where neither is the larger part.
    ([one, a], [, b]) => b.length - a.length || (one === "passed" ? 1 : -1),
  );
  const [most, ...fewer] = fates;
  if (!most) return [];
  const [fate, own] = most;
  // TLS is tried on some ports only.
  if (fewer.length === 0) return [kind === "TLS on TCP" ? `${kind} ${ports(own)} ${fate}` : `${kind} ${fate}`];
  const exceptions = fewer.map(([other, theirs]) => `${ports(theirs)} ${other}`).join(", ");
  return [`${kind} ${exceptions}, other ports ${fate}`];
}
