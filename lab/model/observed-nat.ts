import type { Firewall, Flow } from "./firewall.ts";
import { type EndpointDependence, FIRST_SEQUENTIAL_PORT, NAT_PORTS, type NatBehaviour } from "./nat.ts";
import type { ObservedIpv6 } from "./observed-ipv6.ts";
import type { IpFamily } from "./topology.ts";

/** One thing a firewall was asked about: a flow from inside to the outside, through the proxy where it says so. */
export type FirewallCheck = { flow: Flow; via: "direct" | "proxy"; expected: Fate; observed: Fate };
export type Fate = "passed" | "dropped" | "rejected";

/** Whether somebody outside, whom nobody inside knows, gets to the same port of a node by a port of the router. */
export type ForwardCheck = {
  to: string;
  protocol: "udp" | "tcp";
  port: number;
  expected: boolean;
  observed: boolean;
};
/** By which outside address and port, `ADDRESS:PORT`, UDP leaves that a node sends from a forwarded port; null: by none. */
export type LeavingCheck = { from: string; port: number; expected: string; observed: string | null };

/** What a router is meant to be. */
export type RouterBehaviour = NatBehaviour & { firewall: Firewall };

/** What a probe saw from inside; null where it could not tell (UDP blocked, say) or was not asked to look. */
export type ObservedNat = {
  mapping: EndpointDependence | null;
  filtering: EndpointDependence | null;
  tcp: {
    mapping: EndpointDependence | null;
    filtering: EndpointDependence | null;
    portAllocation: ObservedPorts | null;
    /** Whether a connection that was not let in was refused instead of left unanswered (RFC 5382 REQ-4). */
    unsolicitedRefused: boolean | null;
    /** Whether connections let in came from the ports they were made from; null where none was let in. */
    sourceKept: boolean | null;
  };
  hairpinning: boolean | null;
  /** Whose address a hairpinned packet bears; null where none came (RFC 4787 REQ-9). */
  hairpinSource: "external" | "internal" | null;
  /** How the outside ports of several sockets followed each other. */
  portAllocation: ObservedPorts | null;
  /**
   * Two hosts inside that use the same inside port were told apart, each kept its mapping behaviour, and what was let in
   * came to the right one.
   */
  sharedPortKept: boolean | null;
  /** Whether the hosts inside were seen under one outside address or under one each. */
  addressing: "shared" | "one-to-one" | null;
  /** The outside address the probe's packets came from, and the ports they had. */
  externalAddress: string | null;
  externalPorts: number[];
  /** The outside address of another host inside. */
  secondExternalAddress: string | null;
  /** True when a datagram from somebody never contacted, to a mapping that exists, got in: right for a full cone only. */
  unsolicitedPassed: boolean | null;
  /**
   * Whether a mapping stayed what it was towards somebody whose datagrams had come for it before: a router that takes
   * them for its own gives the next outbound packet another port.
   */
  keptAfterUnsolicited: boolean | null;
  /**
   * Whether everything that came in bore its true sender's address and port, also where the receiver sends to that sender
   * by another mapping than the one it came in by.
   */
  sourceKept: boolean | null;
  /**
   * Between which two idle times, in ms, a mapping was lost; `goneAfter` null: it was still there at the end. Null
   * unless the scenario depends on it.
   */
  lifetimeMs: { livedAtLeast: number; goneAfter: number | null } | null;
  /** Which packets alone kept a mapping; null unless the lifetime was measured. */
  refreshedBy: "outbound" | "both" | "inbound" | "neither" | null;
  /** Whether a mapping lived on by answering what came in; null unless the lifetime was measured. */
  keptByAnswers: boolean | null;
  firewall: FirewallCheck[];
  /** Where it forwards ports, or a server behind it has an outside address of its own. */
  forwards?: ForwardCheck[];
  leaving?: LeavingCheck[];
  /** Where the router has IPv6 inside. */
  ipv6?: ObservedIpv6;
};

export type ObservedPorts = "preserving" | "random" | "sequential";

/** What is known of a router besides its behaviour. */
export type RouterKnowledge = {
  /** Outside address of the probe's two hosts, as planned. */
  externalAddresses?: readonly [string, string];
  /** Whether the mapping lifetime had to be measured. */
  isLifetimeProven?: boolean;
  /** What it gives its LAN. Default `ipv4`. */
  ip?: IpFamily;
};

/**
 * Each way in which a router is not what it claims, in plain words; empty when it is. Something that could not be told
 * although the router is meant to let such packets through is one.
 */
export function natMismatches(expected: RouterBehaviour, observed: ObservedNat, known: RouterKnowledge = {}): string[] {
  const wrong: string[] = [];
  // Without IPv4 there is no NAT to look at.
  if (known.ip === "ipv6") return wrong;
  const compare = comparing(wrong);
  compareFirewall(observed.firewall, compare);
  compareForwards(observed, compare);
  const udpPorts = openPorts(observed.firewall, "udp");
  if (udpPorts > 0) {
    compare("mapping", asSeen(expected.mapping, udpPorts), observed.mapping);
    compare("filtering", expected.filtering, observed.filtering);
    compare("unsolicited input passed", expected.filtering === "endpoint-independent", observed.unsolicitedPassed);
    compare("two hosts with the same port kept apart", true, observed.sharedPortKept);
    compare("true source of what comes in", true, observed.sourceKept);
    if (expected.mapping === "endpoint-independent") {
      compare("mapping kept after unsolicited input", true, observed.keptAfterUnsolicited);
    }
    // Nobody behind NAT64 can name an IPv4 address to send to: hairpinning does not come into it.
    if (known.ip !== "nat64") compareHairpin(expected, observed, compare);
    comparePorts(expected, observed, compare);
    compareAddresses(expected, observed, known, compare);
    if (known.isLifetimeProven) compareLifetime(expected, observed, compare);
  }
  const tcpPorts = openPorts(observed.firewall, "tcp");
  if (tcpPorts > 0) {
    const { tcp } = observed;
    compare("TCP mapping", asSeen(expected.tcp.mapping, tcpPorts), tcp.mapping);
    compare("TCP filtering", expected.tcp.filtering, tcp.filtering);
    compare("TCP port allocation", portsAsSeen(expected), tcp.portAllocation);
    if (expected.tcp.filtering !== "endpoint-independent") {
      compare("unsolicited TCP refused", false, tcp.unsolicitedRefused);
    }
    // Nobody may have been let in.
    if (tcp.sourceKept === false) compare("true source of TCP that comes in", true, false);
  }
  return wrong;
}

type Compare = (what: string, want: unknown, got: unknown) => void;

/** Writes down, in plain words, whatever is not as wanted. */
export function comparing(wrong: string[]): Compare {
  return (what, want, got) => {
    if (want === got) return;
    wrong.push(`${what}: expected ${String(want)}, observed ${got === null ? "nothing that tells" : String(got)}`);
  };
}

export function compareFirewall(checks: readonly FirewallCheck[], compare: Compare): void {
  if (checks.length === 0) compare("firewall", "looked at", null);
  for (const { flow, via, expected: want, observed: got } of checks) {
    const what = flow.isTls ? "TLS" : flow.protocol.toUpperCase();
    compare(`${what} to port ${flow.port}${via === "proxy" ? " through the proxy" : ""}`, want, got);
  }
}

function compareForwards({ forwards = [], leaving = [] }: ObservedNat, compare: Compare): void {
  for (const { to, protocol, port, expected: want, observed: got } of forwards) {
    compare(`${protocol.toUpperCase()} port ${port} leads to ${to}`, want, got);
  }
  for (const { from, port, expected: want, observed: got } of leaving) {
    compare(`what ${from} sends from UDP port ${port} leaves by`, want, got);
  }
}

/** How many ports of a protocol the firewall is meant to let out, of those that were looked at. */
export function openPorts(checks: readonly FirewallCheck[], protocol: Flow["protocol"]): number {
  const open = checks.filter(({ flow, via, expected }) => {
    return flow.protocol === protocol && via === "direct" && expected === "passed";
  });
  return new Set(open.map(({ flow }) => flow.port)).size;
}

/** With one port to send to, a mapping that depends on the address depends on address and port: nobody can tell. */
function asSeen(mapping: EndpointDependence, ports: number): EndpointDependence {
  return mapping === "address-dependent" && ports < 2 ? "address-and-port-dependent" : mapping;
}

/**
 * A hairpinned packet goes to a port that nobody chose, so a firewall with rules for some ports of UDP leaves it in the
 * dark. It shows only where one side's mapping is known to the other, or where nothing is filtered: otherwise
 * the receiver's mapping, which was made for somebody else, lets nobody in.
 */
function compareHairpin(expected: NatBehaviour, observed: ObservedNat, compare: Compare): void {
  if (observed.firewall.some(({ flow, expected: fate }) => flow.protocol === "udp" && fate !== "passed")) return;
  const isVisible = [expected.mapping, expected.filtering].includes("endpoint-independent");
  const want = expected.hairpinning && isVisible;
  compare("hairpinning", want, observed.hairpinning);
  if (want && observed.hairpinning) compare("hairpinned source address", "external", observed.hairpinSource);
}

function portsAsSeen({ portAllocation, addressing }: NatBehaviour): ObservedPorts {
  if (addressing === "one-to-one") return "preserving";
  return typeof portAllocation === "string" ? portAllocation : "sequential";
}

function comparePorts(expected: NatBehaviour, observed: ObservedNat, compare: Compare): void {
  const { portAllocation, addressing } = expected;
  const { externalPorts } = observed;
  compare("port allocation", portsAsSeen(expected), observed.portAllocation);
  if (typeof portAllocation !== "string" && addressing === "shared") {
    const size = portAllocation.portsPerSubscriber;
    const blocks = new Set(externalPorts.map((port) => Math.floor((port - FIRST_SEQUENTIAL_PORT) / size)));
    compare(`ports within a block of ${size}`, true, blocks.size === 1);
  }
  compare(
    "outside ports are unprivileged",
    true,
    externalPorts.every((port) => port >= NAT_PORTS.min),
  );
}

function compareAddresses(
  expected: NatBehaviour,
  observed: ObservedNat,
  { externalAddresses }: RouterKnowledge,
  compare: Compare,
): void {
  compare("addressing", expected.addressing, observed.addressing);
  if (externalAddresses === undefined) return;
  compare("outside address", externalAddresses[0], observed.externalAddress);
  compare("outside address of a second host", externalAddresses[1], observed.secondExternalAddress);
}

function compareLifetime(expected: NatBehaviour, observed: ObservedNat, compare: Compare): void {
  const { lifetimeMs, refreshedBy, keptByAnswers } = observed;
  const want = expected.mappingLifetimeMs;
  const what = `mapping lifetime of ${want} ms`;
  if (lifetimeMs === null) compare(what, "measured", null);
  else {
    const { livedAtLeast, goneAfter } = lifetimeMs;
    const isRight = livedAtLeast > 0 && livedAtLeast <= want && goneAfter !== null && want <= goneAfter;
    const lost =
      goneAfter === null ? `still there after ${livedAtLeast} ms` : `lost between ${livedAtLeast} and ${goneAfter} ms`;
    compare(what, "kept", isRight ? "kept" : lost);
  }
  compare("mapping refreshed by", expected.refreshedBy, refreshedBy);
  compare("mapping kept by answers to what comes in", true, keptByAnswers);
}
