import type { Firewall } from "../../model/firewall.ts";
import { matchPorts } from "./match-ports.ts";
import type { Chain } from "./ruleset.ts";

/** Marks a connection whose first payload was a TLS handshake. */
const TLS_MARK = "0x746c73";
/** A TCP header has 5 to 15 words (RFC 9293 section 3.1); the payload begins after it. */
const HEADER_WORDS = Array.from({ length: 11 }, (_, index) => 5 + index);

/** What a network lets out. No chain where that is everything: packets need not pass what lets all of them pass. */
export function egress(firewall: Firewall): Chain[] {
  const { deny, allow, refuse, tlsOnly } = firewall;
  if (deny.length === 0 && allow === "all" && tlsOnly.length === 0) return [];
  const inspected = tlsOnly.length > 0;
  return [
    {
      name: "egress",
      hook: "filter hook forward priority filter; policy accept",
      rules: [
        'oifname != "wan" accept',
        ...(inspected ? [`tcp dport { ${tlsOnly.join(", ")} } jump tls_only`] : []),
        "ct state established,related accept",
        ...deny.map((rule) => `${matchPorts(rule)} goto refuse`),
        ...(allow === "all" ? [] : [...allow.map((rule) => `${matchPorts(rule)} accept`), "goto refuse"]),
      ],
    },
    ...(inspected ? [{ name: "tls_only", rules: tlsOnlyRules() }] : []),
    {
      name: "refuse",
      rules:
        refuse === "drop"
          ? ["drop"]
          : ["meta l4proto tcp reject with tcp reset", "reject with icmp type port-unreachable"],
    },
  ];
}

/**
 * The first payload tells: content type 22, major version 3 (RFC 8446 section 5.1). Later segments begin anywhere in
 * a record, so the verdict stays with the connection. A segment without payload matches nothing here. (An expression
 * for the payload itself, `@ih`, needs Linux 5.16.)
 */
function tlsOnlyRules(): string[] {
  const payload = (words: number, bits: number) => `tcp doff ${words} @th,${words * 32},${bits}`;
  return [
    `ct mark ${TLS_MARK} return`,
    ...HEADER_WORDS.map((words) => `${payload(words, 16)} 0x1603 ct mark set ${TLS_MARK} return`),
    ...HEADER_WORDS.map((words) => `${payload(words, 8)} 0-255 goto refuse`),
  ];
}
