import type { PortRule } from "../../model/firewall.ts";

/** What a namespace is loaded with. */
export type Ruleset = {
  /** nftables text for stdin; replaces what an earlier load left, in one transaction. */
  text: string;
  /** Must be seen when the rules are listed afterwards: three ways were found to load nothing without an error. */
  expectListed: string[];
  /** Values of the namespace's own /proc/sys, by dotted name; set once the rules stand. */
  sysctls: Record<string, number>;
};

/** Where a router stands. */
export type RouterFacts = {
  /** Subnets inside, `a.b.c.d/n`; only they are translated, never the router's own packets. */
  inside: readonly string[];
  /** The router's own address inside, where it resolves names; null where its LAN has no IPv4. */
  lanAddress: string | null;
  /** The outside address. */
  wanAddress: string;
  /** Inside addresses of the hosts that the plan knows, the probe's included: subscribers, in order. */
  hosts: readonly string[];
  /** Inside address to outside address, where each host has one of its own. */
  outsideOf: Readonly<Record<string, string>>;
  /** Ports of the outside address that lead to a host inside, each to the same port there. */
  forwards: readonly { inside: string; ports: readonly PortRule[] }[];
};

/** IPv4 rules of the lab stand in this table, on routers and on the core. */
export const TABLE = "ip lab";

export type Chain = { name: string; hook?: string; rules: readonly string[] };

/** The text that makes a namespace have exactly these sets and chains. */
export function rulesetOf(
  sets: readonly string[],
  chains: readonly Chain[],
  sysctls: Ruleset["sysctls"] = {},
): Ruleset {
  const lines = chains.flatMap(({ name, hook, rules }) => [
    `  chain ${name} {`,
    ...(hook === undefined ? [] : [`    type ${hook};`]),
    ...rules.map((rule) => `    ${rule}`),
    "  }",
  ]);
  // Declared first, so that deleting it is no error where it never was.
  const text = [
    `table ${TABLE}`,
    `delete table ${TABLE}`,
    `table ${TABLE} {`,
    ...sets.map((set) => `  ${set}`),
    ...lines,
  ];
  return {
    text: [...text, "}", ""].join("\n"),
    expectListed: [
      ...sets.map((set) => set.slice(0, set.indexOf("{") + 1)),
      ...chains.map(({ name }) => `chain ${name} {`),
    ],
    sysctls,
  };
}
