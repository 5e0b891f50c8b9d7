import type { LinkSpec } from "../model/link.ts";
import type { ObservedNat, RouterBehaviour } from "../model/observed-nat.ts";
import { portRanges } from "../model/port-ranges.ts";
import type { AddressPlan, ProbePlace } from "./address-plan.ts";
import { IPV4_INTRUDER } from "./address-plan.ts";
import type { ProbePlan } from "./agent/probe-protocol.ts";
import type { Fabric } from "./fabric.ts";
import { hasIpv4, synthesize } from "./ipv6-plan.ts";
import type { StartedNetwork } from "./network.ts";
import { planProbe } from "./plan-probe.ts";
import { probeForwards } from "./probe-forwards.ts";
import { ProbeHost } from "./probe-host.ts";
import { NO_NAT_SEEN, probeIpv6 } from "./probe-ipv6.ts";
import { probeTcpInbound } from "./probe-tcp-inbound.ts";

export type ProbeSetting = {
  fabric: Fabric;
  network: StartedNetwork;
  plan: AddressPlan;
  /** Init of each node, by name. */
  pids: Readonly<Record<string, number>>;
};

/** A router, and what it is meant to be. */
export type RouterToProbe = {
  name: string;
  behaviour: RouterBehaviour;
  /** Conditions of the wire on its outside. */
  link?: LinkSpec;
  /** Whether its mapping lifetime is measured, which takes 1.8 lifetimes. Default: not. */
  isLifetimeProven?: boolean;
};

/**
 * Looks at a router from inside (RFC 5780, RFC 4787, RFC 5382): puts `host`, or one of its own, into the router's LAN
 * as two hosts, and asks the reflector right outside of the router for help. A NAT behind NAT64 is looked at through
 * that; IPv6 is looked at for itself.
 */
export async function probeRouter(
  router: RouterToProbe,
  setting: ProbeSetting,
  host?: ProbeHost,
): Promise<ObservedNat> {
  if (!host) {
    await using own = await ProbeHost.start(setting.fabric);
    return await probeRouter(router, setting, own);
  }
  const { network, plan } = setting;
  const { name } = router;
  await host.standAt(standing(plan, name), network.wiring);
  const forwarded = (plan.forwards[name] ?? []).flatMap(({ ports }) => ports);
  await host.avoid([...portRanges(forwarded, "udp"), ...portRanges(forwarded, "tcp")]);
  const [nat, ipv6] = await Promise.all([
    name in plan.probes ? probeNat(router, setting, host) : NO_NAT_SEEN,
    name in plan.ipv6Probes ? probeIpv6(router, setting, host) : null,
  ]);
  return ipv6 ? { ...nat, ipv6 } : nat;
}

/** Where a probe stands: with the addresses its LAN has, and with one of IPv4 where nothing should come of it. */
function standing({ probes, ipv6Probes, ipOf }: AddressPlan, router: string): ProbePlace {
  const [place, six] = [probes[router], ipv6Probes[router]];
  if (place && six && hasIpv4(ipOf[router] ?? "ipv4")) {
    const { address, secondAddress, prefix, gateway } = six;
    return { ...place, beside: { addresses: [address, secondAddress], prefix, gateway } };
  }
  if (six) return { ...six, beside: IPV4_INTRUDER };
  if (place) return place;
  throw new Error(`no probe planned for ${router}`);
}

async function probeNat(router: RouterToProbe, setting: ProbeSetting, host: ProbeHost): Promise<ObservedNat> {
  const { network, plan } = setting;
  const place = plan.probes[router.name];
  const reflector = network.reflectors[place?.reflector ?? ""];
  const [first, second] = plan.reflectors[place?.reflector ?? ""]?.addresses ?? [];
  if (!place || !reflector || !first || !second) throw new Error(`no probe planned for ${router.name}`);
  const { link, isLifetimeProven = false } = router;
  const isNat64 = plan.ipOf[router.name] === "nat64";
  const seenAs = isNat64 ? synthesize : (address: string) => address;
  // A proxy connects from the router itself, not through its NAT64; the IPv6 probe asks it.
  const { firewall } = router.behaviour;
  const behaviour = isNat64 ? { ...router.behaviour, firewall: { ...firewall, proxy: null } } : router.behaviour;
  const addresses: [string, string] = [seenAs(first), seenAs(second)];
  const reflected: ProbePlan["reflector"] = { addresses, ports: network.reflectorPorts };
  const probePlan = planProbe({ place, behaviour, link, isLifetimeProven, reflector: reflected });
  const [{ tcp, ...seen }, inbound, forwards] = await Promise.all([
    host.process.ask("probe", probePlan),
    probeTcpInbound(host, reflector, probePlan),
    probeForwards(router.name, setting, reflector, probePlan),
  ]);
  return { ...seen, tcp: { ...tcp, ...inbound }, ...forwards };
}
