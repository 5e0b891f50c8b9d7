import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { NAT64_DEVICE, NAT64_PREFIX } from "./ipv6-plan.ts";

/**
 * Between tayga and the router's NAT: each IPv6 host has one address of these, with its own number, ports untouched; the
 * NAT then makes the router's outside address of it. So mapping, filtering, ports and lifetime towards IPv4 are the
 * NAT's, as its data says (RFC 6146 has them in one box).
 */
const POOL = "192.168.255";
const NAT64_POOL = `${POOL}.0/24`;
const NAT64_IPV4 = `${POOL}.1`;

/** Whom tayga knows: peers and the probe's two hosts, each with the address under which the NAT knows it. */
export function nat64Hosts(plan: AddressPlan, router: string): { ipv4: string; ipv6: string }[] {
  const peers = Object.entries(plan.lanOf).flatMap(([name, lan]) =>
    lan === `lan-${router}` ? (plan.nodes[name]?.interfaces.map(({ address }) => address) ?? []) : [],
  );
  const probe = plan.probes[router];
  const all = probe ? [...peers, probe.address, probe.secondAddress] : peers;
  return all.map((ipv6) => ({ ipv4: `${POOL}.${ipv6.split(":").at(-1)}`, ipv6 }));
}

export type NatSides = { lan: { address: string; prefix: number }; wan: { address: string; prefix: number } };

/** The two sides that a router's IPv4 NAT stands between; null for a router without IPv4. */
export function natSides(plan: AddressPlan, router: string): NatSides | null {
  const ip = plan.ipOf[router];
  if (ip === "ipv6") return null;
  const side = (name: string) => {
    const found = plan.nodes[router]?.interfaces.find((planned) => planned.name === name);
    if (!found) throw new Error(`${router} has no ${name} in the address plan`);
    return found;
  };
  return { lan: ip === "nat64" ? { address: NAT64_IPV4, prefix: 24 } : side("lan"), wan: side("wan") };
}

/** The engine's machine must have it; the fabric's container is given it where there is NAT64. */
export const TUN_DEVICE = "/dev/net/tun";

/** The machine has no tun device, so NAT64 cannot be had on it. */
export class NoTunError extends Error {
  override readonly name = "NoTunError";
}

export type Nat64Place = {
  router: string;
  /** Whose network namespace. */
  pid: number;
  /** An address of tayga's own, in nobody's LAN: where its ICMPv6 errors come from. */
  ownAddress: string;
  hosts: readonly { ipv4: string; ipv6: string }[];
};

/** Starts NAT64 (RFC 6146, RFC 7915) in a router's namespace. @throws NoTunError */
export async function startNat64(
  fabric: Fabric,
  { router, pid, ...place }: Nat64Place,
  onEnd: (stderr: string) => void,
): Promise<void> {
  const netns = pid;
  await fabric.exec(["ip", "tuntap", "add", "dev", NAT64_DEVICE, "mode", "tun"], { netns }).catch((cause: Error) => {
    throw new NoTunError(`NAT64 needs a tun device, and ${router} cannot have one: ${cause.message}`, { cause });
  });
  const batch = [
    `link set ${NAT64_DEVICE} up`,
    `route add ${NAT64_POOL} dev ${NAT64_DEVICE}`,
    `route add ${NAT64_PREFIX} dev ${NAT64_DEVICE}`,
    `route add ${place.ownAddress}/128 dev ${NAT64_DEVICE}`,
    "",
  ].join("\n");
  const path = `/run/nat64-${router}.conf`;
  await Promise.all([
    fabric.exec(["ip", "-batch", "-"], { stdin: batch, netns }),
    fabric.exec(["sh", "-c", `cat > ${path}`], { stdin: taygaConfig(place) }),
  ]);
  const tayga = await fabric.spawn(`nat64-${router}`, ["tayga", "--config", path, "--nodetach"], { netns });
  tayga.onEnd(onEnd);
}

/** Static maps alone: who has which address does not depend on who speaks first. */
export function taygaConfig({ ownAddress, hosts }: Pick<Nat64Place, "ownAddress" | "hosts">): string {
  return [
    `tun-device ${NAT64_DEVICE}`,
    `ipv4-addr ${NAT64_IPV4}`,
    // The well-known prefix may not stand for tayga's own private address (RFC 6052 section 3.1).
    `ipv6-addr ${ownAddress}`,
    `prefix ${NAT64_PREFIX}`,
    ...hosts.map(({ ipv4, ipv6 }) => `map ${ipv4} ${ipv6}`),
    "",
  ].join("\n");
}
