import type { Firewall } from "../model/firewall.ts";
import { NAT64_DEVICE, NAT64_LAN } from "./ipv6-plan.ts";
import { countDrop, declareDropped } from "./rules/count-drops.ts";
import { matchPorts } from "./rules/match-ports.ts";

/** nft text for stdin, and what its listing must contain: a load that silently did nothing is found out. */
export type Ipv6Ruleset = { text: string; expectListed: string[] };

/** IPv6 rules stand in a table of their own, beside those for IPv4. */
export const IPV6_TABLE = "table ip6 lab6";

const ICMPV6 = "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, echo-request } accept";

/**
 * A router's IPv6 side: no translation, and a stateful firewall (RFC 6092 REC-11, REC-12, REC-33): what the inside began
 * goes on in both directions, and nothing else comes in. Egress is the firewall's data, as for IPv4. What NAT64 brings
 * back was let in by the router's NAT already, whose filtering it is.
 */
export function compileIpv6Rules(firewall: Firewall, { isNat64 }: { isNat64: boolean }): Ipv6Ruleset {
  const lan = isNat64 ? NAT64_LAN : "lan";
  const outside = isNat64 ? `{ "wan", "${NAT64_DEVICE}" }` : '"wan"';
  const ports = firewall.tlsOnly.join(", ");
  const text = [
    `${IPV6_TABLE}`,
    `delete ${IPV6_TABLE}`,
    `${IPV6_TABLE} {`,
    ...declareDropped("ip6").map((set) => `  ${set}`),
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    `    iifname { "lo", "${lan}" } accept`,
    "    ct state established,related accept",
    `    ${ICMPV6}`,
    "  }",
    "  chain forward {",
    "    type filter hook forward priority filter; policy drop;",
    ...(ports === "" ? [] : [`    iifname "${lan}" tcp dport { ${ports} } jump tls`]),
    "    ct state established,related accept",
    ...(isNat64 ? [`    iifname "${NAT64_DEVICE}" oifname "${lan}" accept`] : []),
    `    iifname "${lan}" oifname ${outside} jump egress`,
    `    ${countDrop("ip6", "in", 'iifname "wan"')}`,
    "  }",
    "  chain egress {",
    ...firewall.deny.map((rule) => `    ${matchPorts(rule)} jump refuse`),
    ...(firewall.allow === "all"
      ? ["    accept"]
      : [...firewall.allow.map((rule) => `    ${matchPorts(rule)} accept`), "    jump refuse"]),
    "  }",
    "  chain refuse {",
    `    ${countDrop("ip6", "out")}`,
    ...(firewall.refuse === "drop"
      ? []
      : ["    meta l4proto tcp reject with tcp reset", "    reject with icmpv6 type port-unreachable"]),
    "    drop",
    "  }",
    // Only the first payload tells: later segments of a TLS flow begin anywhere in a record. A segment without payload
    // matches neither rule.
    "  chain tls {",
    "    ct mark 0x544c53 accept",
    "    @ih,0,16 0x1603 ct mark set 0x544c53 accept",
    "    @ih,0,8 0-255 jump refuse",
    "  }",
    "}",
    "",
  ].join("\n");
  return {
    text,
    expectListed: [
      ...["input", "forward", "egress", "refuse", "tls"].map((chain) => `chain ${chain} {`),
      `iifname "${lan}" oifname`,
      "ct state established,related accept",
    ],
  };
}

/** The core forwards everything and answers ping; names are resolved over IPv4, or by the next router. */
export const CORE_IPV6_RULESET: Ipv6Ruleset = {
  text: [
    `${IPV6_TABLE}`,
    `delete ${IPV6_TABLE}`,
    `${IPV6_TABLE} {`,
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    '    iifname "lo" accept',
    `    ${ICMPV6}`,
    // A hub asks the core.
    "    icmpv6 type echo-reply accept",
    "  }",
    "}",
    "",
  ].join("\n"),
  expectListed: ["chain input {"],
};
