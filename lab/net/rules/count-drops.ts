import type { Chain } from "./ruleset.ts";

/** What rules dropped or refused is written down in these: out is what hosts inside sent. */
export const DROPPED = { out: "dropped_out", in: "dropped_in" } as const;
export type DropDirection = keyof typeof DROPPED;

/** Who sends to ever more ports fills a set, and is not written down beyond it; packets are dropped all the same. */
const SIZE = 4_096;

/** nft names the addresses of a family by another word each. */
const ADDRESS = { ip: "ipv4_addr", ip6: "ipv6_addr" } as const;
type Family = keyof typeof ADDRESS;

/** A set for each direction: protocol, sender, destination and its port, with a counter. `suffix`: of the sets' names. */
export const declareDropped = (family: Family, suffix = "") =>
  Object.values(DROPPED).map(
    (name) =>
      `set ${name}${suffix} { type inet_proto . ${ADDRESS[family]} . ${ADDRESS[family]} . inet_service; flags dynamic; size ${SIZE}; }`,
  );

/**
 * A rule that counts and decides nothing, so that a full set changes no verdict: whatever drops stands behind it. Before
 * `match` it asks whether there is a port at all.
 */
export function countDrop(family: Family, direction: DropDirection, match = "", suffix = ""): string {
  const key = `meta l4proto . ${family} saddr . ${family} daddr . th dport`;
  const only = match === "" ? "" : `${match} `;
  return `${only}meta l4proto { tcp, udp } add @${DROPPED[direction]}${suffix} { ${key} counter }`;
}

/**
 * A router's chains, in which each rule that drops has one that counts before it. What is refused is counted where all of
 * it comes together; so is what hosts inside send to the router itself, as where it does not hairpin. What a hairpin's
 * filter drops is not: that rule looks at every packet under way, and one more would make them slower.
 */
export function countingDrops(chains: readonly Chain[]): Chain[] {
  return chains.map((chain) => {
    if (chain.name === "refuse") return { ...chain, rules: [countDrop("ip", "out"), ...chain.rules] };
    if (chain.name === "input")
      return { ...chain, rules: [...chain.rules, countDrop("ip", "out", 'iifname != "wan"')] };
    const rules = chain.rules.flatMap((rule) => {
      const dropped = /^(.*?) ?\bdrop$/.exec(rule);
      if (!dropped || rule.includes("ct status")) return [rule];
      const [, match = ""] = dropped;
      const isInbound = match.startsWith('iifname "wan"') || chain.name === "ungated";
      return [countDrop("ip", isInbound ? "in" : "out", match), rule];
    });
    return { ...chain, rules };
  });
}
