import { rulesetOf } from "./ruleset.ts";

/**
 * The core forwards without looking, and drops without an answer what it cannot route: an ICMP error for a peer's
 * private host candidate would make coturn close the whole allocation (seen with 4.6.1).
 */
export const CORE_RULESET = rulesetOf(
  [],
  [
    {
      name: "input",
      hook: "filter hook input priority filter; policy drop",
      rules: ['iifname "lo" accept', "meta l4proto { tcp, udp } th dport 53 accept", "meta l4proto icmp accept"],
    },
  ],
);
