import { INTERNET } from "./topology.ts";

/**
 * Inside addresses are the same behind every router of a kind, as they are at people's homes; only a router somewhere
 * behind others takes the next subnet that none of them has: no peer has the same one twice on its way out.
 */
const SUBNETS = {
  home: (number: number) => `192.168.${1 + number}`,
  carrier: (number: number) => `100.64.${number}`,
} as const;

export type LanKind = keyof typeof SUBNETS;

/** What decides on a router's LAN: what it stands behind, the /24 it is given, and what it hands out otherwise. */
export type LanFacts = { upstream?: string | undefined; lan?: string | undefined; kind: LanKind };

/** The first three numbers of a LAN's addresses. */
export const firstSubnet = (kind: LanKind) => SUBNETS[kind](0);

/** The routers that one stands behind, from the next one outwards; it ends where the way up is none or goes in a circle. */
export function routersOutside(router: string, upstreamOf: (router: string) => string | undefined): string[] {
  const outer: string[] = [];
  for (let at = upstreamOf(router); at !== undefined && at !== INTERNET; at = upstreamOf(at)) {
    if (at === router || outer.includes(at)) break;
    outer.push(at);
  }
  return outer;
}

/** The first three numbers of the addresses on a router's LAN, which is a /24. */
export function subnetOf(router: string, factsOf: (router: string) => LanFacts): string {
  const outer = routersOutside(router, (name) => factsOf(name).upstream);
  const taken: string[] = [];
  // From the outermost inwards: each depends on those outside of it alone.
  for (const name of [...outer.toReversed(), router]) taken.push(chooseSubnet(factsOf(name), taken));
  return taken.at(-1) ?? "";
}

function chooseSubnet({ lan, kind }: LanFacts, taken: readonly string[]): string {
  if (lan !== undefined) return lan.slice(0, lan.lastIndexOf("."));
  let number = 0;
  while (taken.includes(SUBNETS[kind](number))) number++;
  return SUBNETS[kind](number);
}
