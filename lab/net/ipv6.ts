import type { RouterBehaviour } from "../model/observed-nat.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { OBSERVER_6 } from "./ipv6-plan.ts";
import { nat64Hosts, startNat64 } from "./nat64.ts";
import { CORE_IPV6_RULESET, compileIpv6Rules, type Ipv6Ruleset } from "./rules6.ts";

type Ipv6Input = {
  fabric: Fabric;
  plan: AddressPlan;
  nats: Record<string, RouterBehaviour>;
  pids: Record<string, number>;
  onBroken: (reason: string) => void;
};

/** What only labs with IPv6 have: firewalls for it, and NAT64. Waits for no wire. @throws NoTunError */
export async function buildIpv6({ fabric, plan, nats, pids, onBroken }: Ipv6Input): Promise<void> {
  if (!(OBSERVER_6 in plan.reflectors)) return;
  const pidOf = (name: string) => {
    const pid = pids[name];
    if (pid === undefined) throw new Error(`no container for ${name}`);
    return pid;
  };
  const routers = Object.keys(plan.ipv6Probes).map(async (name) => {
    const { firewall } = nats[name] ?? {};
    if (!firewall) throw new Error(`no behaviour for ${name}`);
    const isNat64 = plan.ipOf[name] === "nat64";
    if (isNat64) {
      const wan = plan.nodes[name]?.interfaces.find((planned) => planned.name === "wan")?.ipv6?.address;
      if (!wan) throw new Error(`${name} has no IPv6 address outside`);
      const place = {
        router: name,
        pid: pidOf(name),
        ownAddress: wan.replace(/2$/, "64"),
        hosts: nat64Hosts(plan, name),
      };
      await startNat64(fabric, place, (stderr) => onBroken(`NAT64 on ${name} ended: ${stderr.trim()}`));
    }
    await loadIpv6Rules(fabric, name, pidOf(name), compileIpv6Rules(firewall, { isNat64 }));
  });
  const hubs = plan.hubs.map((name) => loadIpv6Rules(fabric, name, pidOf(name), CORE_IPV6_RULESET));
  await Promise.all([...routers, ...hubs]);
}

/** Replaces a namespace's IPv6 rules in one transaction, and lists them. */
export async function loadIpv6Rules(fabric: Fabric, name: string, pid: number, ruleset: Ipv6Ruleset): Promise<void> {
  const listed = await fabric.exec(["sh", "-c", "nft -f - && nft list ruleset ip6"], {
    stdin: ruleset.text,
    netns: pid,
  });
  const missing = ruleset.expectListed.filter((expected) => !listed.includes(expected));
  if (missing.length > 0) {
    throw new Error(`${name}: nft loaded without an error, but does not list: ${missing.join("; ")}\n${listed}`);
  }
}
