import type { FirewallPresetName } from "../model/firewall.ts";
import { fateOf } from "../model/firewall.ts";
import { keepsNoState, MAX_PROVEN_LIFETIME_MS } from "../model/nat.ts";
import { NAT_PRESETS, type NatPreset, type NatPresetName } from "../model/nat-presets.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { effectiveFirewall, firewallFaults } from "./firewall-faults.ts";
import { linkFaults } from "./link-faults.ts";
import { effectiveNat, natFaults, STATELESS } from "./nat-faults.ts";
import { isRecord, membersAt, valueAt } from "./read.ts";
import { readNetwork } from "./read-network.ts";

/** The probe looks out from two addresses inside of each router. */
export const PROBE_HOSTS = 2;

/** Faults of each router by itself: its NAT, its firewall, its wire, its IP family. */
export function routerFaults(value: unknown): Fault[] {
  const routers = membersAt(value, "topology", "routers");
  const { nodesOn } = readNetwork(value);
  return routers.flatMap(([name, router]) => {
    const place = `topology.routers.${name}`;
    const hosts = PROBE_HOSTS + nodesOn(name).length;
    return [
      ...natFaults(`${place}.nat`, valueAt(router, ["nat"]), hosts),
      ...firewallFaults(`${place}.firewall`, valueAt(router, ["firewall"])),
      ...linkFaults(`${place}.link`, valueAt(router, ["link"]), hasIpv6(router)),
      ...familyFaults(place, router, routers),
      ...lifetimeProofFaults(`${place}.proveLifetime`, router),
    ];
  });
}

/** Whether a router's LAN has IPv6. */
export function hasIpv6(router: unknown): boolean {
  const ip = valueAt(router, ["ip"]);
  return ip !== undefined && ip !== "ipv4";
}

function familyFaults(place: string, router: unknown, routers: readonly [string, unknown][]): Fault[] {
  const isOneToOne = effectiveNat(valueAt(router, ["nat"]))?.addressing === "one-to-one";
  if (isOneToOne && valueAt(router, ["ip"]) === "nat64") {
    const expected = 'a NAT with addressing "shared": behind NAT64 no host has an IPv4 address to give another for';
    return [{ place: `${place}.nat`, expected, found: "one-to-one addressing, with ip nat64" }];
  }
  const upstream = valueAt(router, ["upstream"]);
  if (typeof upstream !== "string") return [];
  const ip = valueAt(router, ["ip"]);
  if (hasIpv6(router)) {
    const expected = '"ipv4", or no upstream: the lab routes IPv6 to routers on the internet alone';
    return [{ place: `${place}.ip`, expected, found: show(ip) }];
  }
  const outer = routers.find(([name]) => name === upstream)?.[1];
  const outerIp = valueAt(outer, ["ip"]);
  if (outerIp !== "ipv6" && outerIp !== "nat64") return [];
  const expected = "a router that has IPv4 inside, for this one's outside";
  return [{ place: `${place}.upstream`, expected, found: `${show(upstream)}, whose ip is ${show(outerIp)}` }];
}

function lifetimeProofFaults(place: string, router: unknown): Fault[] {
  if (valueAt(router, ["proveLifetime"]) !== true) return [];
  const ip = valueAt(router, ["ip"]);
  if (ip === "ipv6" || ip === "nat64")
    return [{ place, expected: "IPv4 inside: the probe measures IPv4 mappings", found: `true, with ip ${show(ip)}` }];
  const nat = valueAt(router, ["nat"]);
  const behaviour = effectiveNat(nat);
  if (behaviour && keepsNoState(behaviour)) return [{ place, expected: STATELESS, found: "true" }];
  const lifetimeMs = behaviour?.mappingLifetimeMs;
  if (typeof lifetimeMs === "number" && lifetimeMs > MAX_PROVEN_LIFETIME_MS) {
    const expected = `a mappingLifetimeMs of at most ${MAX_PROVEN_LIFETIME_MS}: the proof takes twice as long`;
    const hint = 'For example nat: { preset: "home", mappingLifetimeMs: 5000 }.';
    return [{ place, expected, found: `true, with ${lifetimeMs}`, hint }];
  }
  const firewall = effectiveFirewall(valueAt(router, ["firewall"]), firewallOfPreset(nat));
  if (!firewall || fateOf(firewall, { protocol: "udp", port: 3478, isTls: false }) === "passed") return [];
  return [{ place, expected: "a firewall that lets UDP out: mappings are UDP's", found: "true" }];
}

function firewallOfPreset(nat: unknown): FirewallPresetName | undefined {
  const name = isRecord(nat) ? nat.preset : nat;
  if (typeof name !== "string" || !Object.hasOwn(NAT_PRESETS, name)) return undefined;
  const preset: NatPreset = NAT_PRESETS[name as NatPresetName];
  return preset.firewall;
}
