import { fateOf } from "../model/firewall.ts";
import type { RouterBehaviour } from "../model/observed-nat.ts";

/**
 * Behaviour in, ruleset out: pure. Rules are generated from the data, never from a preset's name.
 * `tool` loads `text` from stdin inside the router's namespace; `expectListed` must be seen when it is listed afterwards,
 * because three ways were found to load nothing without an error.
 */
export type Ruleset = {
  tool: "iptables-restore" | "nft";
  text: string;
  /** One substring per loaded chain that the listing must contain. */
  expectListed: string[];
};

/** Lifetime of a full-cone mapping or of a permission by address. RFC 4787 REQ-5 recommends five minutes. */
const MAPPING_LIFETIME = "300s";

export type RouterFacts = {
  /** Subnets inside, `a.b.c.d/n`; only they are translated, never the router's own packets. */
  inside: string;
  /** The outside address. */
  wanAddress: string;
};

/**
 * Compiles a NAT. Endpoint-independent mapping with full or address-dependent filtering needs a map from outside port
 * to inside socket, which iptables cannot hold: nftables. The rest is plain conntrack: iptables.
 */
export function compileRuleset(nat: RouterBehaviour, facts: RouterFacts): Ruleset {
  if (nat.mapping === "endpoint-independent" && nat.filtering !== "address-and-port-dependent") return cone(nat, facts);
  return conntrack(nat, facts);
}

/**
 * Port-restricted (port-preserving SNAT keeps one outside port for all destinations) or symmetric (`--random-fully`
 * draws one for each). INPUT drops unsolicited packets: otherwise an early packet of the far peer leaves a conntrack
 * entry on the router itself, the next outbound packet finds its port taken, and a cone turns into a symmetric NAT.
 */
function conntrack(nat: RouterBehaviour, { inside }: RouterFacts): Ruleset {
  const random = nat.portAllocation === "random" ? " --random-fully" : "";
  const udp = isUdpBlocked(nat) ? ["-A FORWARD -i lan -o wan -p udp -j DROP"] : [];
  const text = [
    "*filter",
    ":INPUT DROP [0:0]",
    ":FORWARD DROP [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -i lan -j ACCEPT",
    "-A INPUT -i wan -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    ...udp,
    "-A FORWARD -i lan -o wan -j ACCEPT",
    "-A FORWARD -i wan -o lan -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "COMMIT",
    "*nat",
    ":PREROUTING ACCEPT [0:0]",
    ":POSTROUTING ACCEPT [0:0]",
    `-A POSTROUTING -s ${inside} -o wan -j MASQUERADE${random}`,
    "COMMIT",
    "",
  ].join("\n");
  return {
    tool: "iptables-restore",
    text,
    expectListed: ["-P INPUT DROP", "-P FORWARD DROP", `-A POSTROUTING -s ${inside} -o wan -j MASQUERADE${random}`],
  };
}

/**
 * Full cone and address-restricted. The map is learned in a filter chain after SNAT, so that every outbound packet
 * refreshes it and a port that SNAT had to change is learned as changed; a nat chain would see first packets only.
 */
function cone(nat: RouterBehaviour, { inside, wanAddress }: RouterFacts): Ruleset {
  const gate =
    nat.filtering === "endpoint-independent"
      ? ['iifname "wan" meta l4proto udp ct status dnat accept']
      : [
          `oifname "wan" meta l4proto udp update @contacted { ip saddr . udp sport . ip daddr timeout ${MAPPING_LIFETIME} }`,
          'iifname "wan" meta l4proto udp ip daddr . udp dport . ip saddr @contacted accept',
        ];
  const udp = isUdpBlocked(nat) ? ['    iifname "lan" oifname "wan" meta l4proto udp drop'] : [];
  const text = [
    "table ip lab {",
    `  map fullcone { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout ${MAPPING_LIFETIME}; size 65535; }`,
    `  set contacted { type ipv4_addr . inet_service . ipv4_addr; flags dynamic,timeout; timeout ${MAPPING_LIFETIME}; size 65535; }`,
    "  chain pre {",
    "    type nat hook prerouting priority dstnat; policy accept;",
    '    iifname "wan" meta l4proto udp dnat ip to udp dport map @fullcone',
    "  }",
    "  chain post {",
    "    type nat hook postrouting priority srcnat; policy accept;",
    `    oifname "wan" ip saddr ${inside} snat ip to ${wanAddress}`,
    "  }",
    "  chain learn {",
    "    type filter hook postrouting priority srcnat + 10; policy accept;",
    `    oifname "wan" meta l4proto udp ct direction original update @fullcone { ct reply proto-dst timeout ${MAPPING_LIFETIME} : ct original ip saddr . ct original proto-src }`,
    "  }",
    "  chain input {",
    "    type filter hook input priority filter; policy drop;",
    '    iifname { "lo", "lan" } accept',
    '    iifname "wan" ct state established,related accept',
    "  }",
    "  chain gate {",
    "    type filter hook forward priority filter; policy drop;",
    ...udp,
    '    iifname "wan" ct state established,related accept',
    ...gate.map((rule) => `    ${rule}`),
    '    iifname "lan" oifname "wan" accept',
    "  }",
    "}",
    "",
  ].join("\n");
  return { tool: "nft", text, expectListed: ["chain pre", "chain post", "chain learn", "chain input", "chain gate"] };
}

const isUdpBlocked = ({ firewall }: RouterBehaviour) =>
  fateOf(firewall, { protocol: "udp", port: 50_000, isTls: false }) !== "passed";

/**
 * The core routes between lines and drops, without an answer, what it cannot route: an ICMP error for a peer's private
 * host candidate would make coturn close the whole allocation (seen with 4.6.1).
 */
export const CORE_RULESET: Ruleset = {
  tool: "iptables-restore",
  text: [
    "*filter",
    ":INPUT DROP [0:0]",
    ":FORWARD ACCEPT [0:0]",
    ":OUTPUT ACCEPT [0:0]",
    "-A INPUT -i lo -j ACCEPT",
    "-A INPUT -p udp --dport 53 -j ACCEPT",
    "-A INPUT -p tcp --dport 53 -j ACCEPT",
    "-A INPUT -p icmp -j ACCEPT",
    "COMMIT",
    "",
  ].join("\n"),
  expectListed: ["-P INPUT DROP"],
};
