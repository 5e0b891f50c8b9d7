import type { ObservedIpv6 } from "../model/observed-ipv6.ts";
import type { ObservedNat } from "../model/observed-nat.ts";
import { IPV4_INTRUDER, OBSERVER } from "./address-plan.ts";
import { hasIpv4, OBSERVER_6 } from "./ipv6-plan.ts";
import { planProbe } from "./plan-probe.ts";
import type { ProbeHost } from "./probe-host.ts";
import type { ProbeSetting, RouterToProbe } from "./probe-router.ts";
import { probeTcpInbound } from "./probe-tcp-inbound.ts";

/** A host with IPv4 is answered within milliseconds, once its neighbour is known. */
const IPV4_SILENCE_MS = 150;

/**
 * Looks at a router's IPv6 from inside, in the ways in which its NAT is looked at: nothing may be translated, what was
 * not asked for must stay out (RFC 6092), and the firewall holds. Where there is no IPv4, a host that tries all the same
 * must hear nothing.
 */
export async function probeIpv6(
  { name, behaviour, link }: RouterToProbe,
  { network, plan }: ProbeSetting,
  host: ProbeHost,
): Promise<ObservedIpv6> {
  const place = plan.ipv6Probes[name];
  const reflector = network.reflectors[OBSERVER_6];
  const [first, second] = plan.reflectors[OBSERVER_6]?.addresses ?? [];
  if (!place || !reflector || !first || !second) throw new Error(`no IPv6 probe planned for ${name}`);
  const ip = plan.ipOf[name] ?? "ipv4";
  // In a dual stack peers are told the proxy's IPv4 address.
  const firewall = hasIpv4(ip) ? { ...behaviour.firewall, proxy: null } : behaviour.firewall;
  const probePlan = planProbe({
    place,
    behaviour: { ...behaviour, firewall },
    link,
    isLifetimeProven: false,
    reflector: { addresses: [first, second], ports: network.reflectorPorts },
  });
  const [seen, tcp, ipv4Answered] = await Promise.all([
    host.process.ask("probe", probePlan),
    probeTcpInbound(host, reflector, probePlan),
    hasIpv4(ip) ? null : isIpv4Answered(host, { plan, network }),
  ]);
  const isUntranslated = seen.addressing === "one-to-one" && seen.portAllocation === "preserving";
  return {
    translated: seen.externalAddress === null ? null : !(isUntranslated && seen.externalAddress === place.address),
    filtering: seen.filtering,
    unsolicitedPassed: seen.unsolicitedPassed,
    tcpFiltering: tcp.filtering,
    firewall: seen.firewall,
    ipv4Answered,
  };
}

/** A host inside that gives itself an IPv4 address, as a home's are, asks the reflector of the IPv4 internet. */
async function isIpv4Answered(
  host: ProbeHost,
  { plan, network }: Pick<ProbeSetting, "plan" | "network">,
): Promise<boolean> {
  const [to] = plan.reflectors[OBSERVER]?.addresses ?? [];
  if (!to) throw new Error("the plan has no observer");
  const [port = 3478] = network.reflectorPorts;
  const command = { from: IPV4_INTRUDER.addresses[0], to: { address: to, port }, ms: IPV4_SILENCE_MS };
  return (await host.process.ask("ipv4-answered", command)).answered;
}

/** What is seen of the NAT of a router that has none. */
export const NO_NAT_SEEN: ObservedNat = {
  mapping: null,
  filtering: null,
  tcp: { mapping: null, filtering: null, portAllocation: null, unsolicitedRefused: null, sourceKept: null },
  hairpinning: null,
  hairpinSource: null,
  portAllocation: null,
  sharedPortKept: null,
  addressing: null,
  externalAddress: null,
  externalPorts: [],
  secondExternalAddress: null,
  unsolicitedPassed: null,
  keptAfterUnsolicited: null,
  sourceKept: null,
  lifetimeMs: null,
  refreshedBy: null,
  keptByAnswers: null,
  firewall: [],
};
