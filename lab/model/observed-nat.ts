import type { Firewall, Flow } from "./firewall.ts";
import { type EndpointDependence, NAT_PORTS, type NatBehaviour } from "./nat.ts";

/** One thing a firewall was asked about: a flow from inside to the outside, through the proxy where it says so. */
export type FirewallCheck = { flow: Flow; via: "direct" | "proxy"; expected: Fate; observed: Fate };
export type Fate = "passed" | "dropped" | "rejected";

/** What a router is meant to be. */
export type RouterBehaviour = NatBehaviour & { firewall: Firewall };

/** What a probe saw from inside; null where it could not tell (UDP blocked, say) or was not asked to look. */
export type ObservedNat = {
  mapping: EndpointDependence | null;
  filtering: EndpointDependence | null;
  tcp: { mapping: EndpointDependence | null; filtering: EndpointDependence | null };
  hairpinning: boolean | null;
  /** How the outside ports of several sockets followed each other. */
  portAllocation: "preserving" | "random" | "sequential" | null;
  /** Two hosts inside that use the same inside port were told apart, and each kept its mapping behaviour. */
  sharedPortKept: boolean | null;
  /** Whether the hosts inside were seen under one outside address or under one each. */
  addressing: "shared" | "one-to-one" | null;
  /** The outside address the probe's packets came from, and the ports they had. */
  externalAddress: string | null;
  externalPorts: number[];
  /** True when a datagram from somebody never contacted, to a mapping that exists, got in: right for a full cone only. */
  unsolicitedPassed: boolean | null;
  /** Between which two idle times, in ms, a mapping was lost; null unless the scenario depends on it. */
  lifetimeMs: { livedAtLeast: number; goneAfter: number } | null;
  /** Whether inbound packets alone kept a mapping; null unless the lifetime was measured. */
  refreshedBy: "outbound" | "both" | null;
  firewall: FirewallCheck[];
};

/** Each way in which a router is not what it claims, in plain words; empty when it is. */
export function natMismatches(expected: RouterBehaviour, observed: ObservedNat): string[] {
  const wrong: string[] = [];
  const compare = (what: string, want: unknown, got: unknown) => {
    if (got === null) return; // TRANSITIONAL: remove when the probe fills every field
    if (want !== got) wrong.push(`${what}: expected ${String(want)}, observed ${String(got)}`);
  };
  for (const { flow, via, expected: want, observed: got } of observed.firewall) {
    const what = flow.isTls ? "TLS" : flow.protocol.toUpperCase();
    compare(`${what} to port ${flow.port}${via === "proxy" ? " through the proxy" : ""}`, want, got);
  }
  const lets = (protocol: "udp" | "tcp") =>
    observed.firewall.length === 0 ||
    observed.firewall.some(
      (check) => check.flow.protocol === protocol && check.via === "direct" && check.expected === "passed",
    );
  if (lets("udp")) {
    compare("mapping", expected.mapping, observed.mapping);
    compare("filtering", expected.filtering, observed.filtering);
    compare("hairpinning", expected.hairpinning, observed.hairpinning);
    compare("addressing", expected.addressing, observed.addressing);
    compare("two hosts with the same port kept apart", true, observed.sharedPortKept);
    compare("unsolicited input passed", expected.filtering === "endpoint-independent", observed.unsolicitedPassed);
    comparePorts(expected, observed, compare);
  }
  // Fewer than two open ports, or TLS only, leave TCP's behaviour in the dark.
  if (observed.tcp.mapping !== null) compare("TCP mapping", expected.tcp.mapping, observed.tcp.mapping);
  if (observed.tcp.filtering !== null) compare("TCP filtering", expected.tcp.filtering, observed.tcp.filtering);
  compareLifetime(expected, observed, compare);
  return wrong;
}

type Compare = (what: string, want: unknown, got: unknown) => void;

function comparePorts({ portAllocation, addressing }: NatBehaviour, observed: ObservedNat, compare: Compare): void {
  if (addressing === "one-to-one") compare("port allocation", "preserving", observed.portAllocation);
  else if (typeof portAllocation === "string") compare("port allocation", portAllocation, observed.portAllocation);
  else {
    const { externalPorts } = observed;
    const width = Math.max(...externalPorts) - Math.min(...externalPorts) + 1;
    compare("port allocation", "sequential", observed.portAllocation);
    compare(
      `ports within a block of ${portAllocation.portsPerSubscriber}`,
      true,
      width <= portAllocation.portsPerSubscriber,
    );
  }
  compare(
    "outside ports are unprivileged",
    true,
    observed.externalPorts.every((port) => port >= NAT_PORTS.min),
  );
}

function compareLifetime(expected: NatBehaviour, observed: ObservedNat, compare: Compare): void {
  const { lifetimeMs, refreshedBy } = observed;
  if (lifetimeMs !== null) {
    const { livedAtLeast, goneAfter } = lifetimeMs;
    const want = expected.mappingLifetimeMs;
    compare(
      `mapping lifetime of ${want} ms`,
      `between ${livedAtLeast} and ${goneAfter}`,
      livedAtLeast <= want && want <= goneAfter
        ? `between ${livedAtLeast} and ${goneAfter}`
        : `lost between ${livedAtLeast} and ${goneAfter} ms`,
    );
  }
  if (refreshedBy !== null) compare("mapping refreshed by", expected.refreshedBy, refreshedBy);
}
