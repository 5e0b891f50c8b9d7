import type { AddressPlan } from "../address-plan.ts";
import { nat64Hosts, natSides } from "../nat64.ts";
import { hostsOf } from "../one-to-one-plan.ts";
import type { RouterFacts } from "./ruleset.ts";

/** What the plan knows of a router; null for one without IPv4. */
export function routerFacts(plan: AddressPlan, router: string): RouterFacts | null {
  const sides = natSides(plan, router);
  if (!sides) return null;
  const outsideOf = plan.outsideOf[router] ?? {};
  const forwards = plan.forwards[router] ?? [];
  const facts = { inside: [subnetOf(sides.lan)], wanAddress: sides.wan.address, forwards };
  if (plan.ipOf[router] !== "nat64") {
    return { ...facts, lanAddress: sides.lan.address, hosts: hostsOf(plan, router), outsideOf };
  }
  // Behind NAT64 hosts have other inside addresses than the plan gave them before it took their IPv4 away.
  const hosts = nat64Hosts(plan, router).map(({ ipv4 }) => ipv4);
  const outsideByHost = new Map(Object.entries(outsideOf).map(([inside, outside]) => [hostOf(inside), outside]));
  const pairs = hosts.flatMap((host) => {
    const outside = outsideByHost.get(hostOf(host));
    return outside === undefined ? [] : [[host, outside]];
  });
  return { ...facts, lanAddress: null, hosts, outsideOf: Object.fromEntries(pairs) };
}

const hostOf = (address: string) => address.slice(address.lastIndexOf(".") + 1);

function subnetOf({ address, prefix }: { address: string; prefix: number }): string {
  if (prefix !== 24) throw new RangeError(`expected a /24 inside, found /${prefix}`);
  return `${address.split(".").slice(0, 3).join(".")}.0/24`;
}
