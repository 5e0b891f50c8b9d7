import { forwardTo, matchForwarded } from "./forwards.ts";
import { concat, hasPermissions, isGated, remote, setsOf } from "./memory-sets.ts";
import type { Chain, RouterFacts } from "./ruleset.ts";
import { memoryOf, type Translation } from "./translation.ts";

/**
 * Where packets from outside go. A chain of type nat sees the first packet of a flow only, which is the one that has to
 * be let in: established flows cost nothing here. Whatever is for nobody inside is dropped at once, or it would leave a
 * connection tracking entry on the router itself, the next outbound packet would find its port taken, and a cone
 * would turn into a symmetric NAT.
 */
export function fromOutside(translations: readonly Translation[], facts: RouterFacts): Chain {
  return {
    name: "from_outside",
    hook: "nat hook prerouting priority dstnat; policy accept",
    rules: [
      ...translations.flatMap(({ protocol }) => forwardTo(facts, protocol, 'iifname "wan"')),
      ...translations.flatMap((translation) => letIn(translation, facts)),
      'iifname "wan" drop',
      ...translations.flatMap(({ protocol, hairpinning }) =>
        hairpinning ? forwardTo(facts, protocol, 'iifname != "wan"') : [],
      ),
      ...translations.flatMap((translation) => hairpin(translation, facts)),
    ],
  };
}

function letIn(translation: Translation, facts: RouterFacts): string[] {
  const { protocol, filtering, addressing } = translation;
  const { owners, permissions } = setsOf(translation);
  const isOneToOne = addressing === "one-to-one";
  const to = isOneToOne ? `ip daddr map ${insideOf(facts)}` : `${protocol} dport map @${owners}`;
  if (isOneToOne && filtering === "endpoint-independent") {
    // Ping goes the way of UDP, which it is meant to tell something about.
    const protocols = protocol === "udp" ? "{ icmp, udp }" : protocol;
    return [`iifname "wan" meta l4proto ${protocols} dnat ip to ${to}`];
  }
  if (memoryOf(translation) !== "mappings") return [];
  // Whoever may answer is known to connection tracking, unless that forgets at once.
  if (filtering === "address-and-port-dependent" && !isGated(translation)) return [];
  const from = `iifname "wan" ${isOneToOne ? "" : `ip daddr ${facts.wanAddress} `}meta l4proto ${protocol}`;
  const permitted = hasPermissions(translation) ? `${inboundKey(translation)} @${permissions} ` : "";
  return [`${from} ${permitted}dnat ip to ${to}`];
}

/**
 * From inside to an outside address: to the mapping's owner whatever its filter says, which is asked when the
 * sender's own mapping is known (see `keepMappings`).
 */
function hairpin(translation: Translation, facts: RouterFacts): string[] {
  const { protocol, hairpinning, addressing } = translation;
  if (!hairpinning) return [];
  const from = `iifname != "wan" meta l4proto ${protocol}`;
  if (addressing === "one-to-one") return [`${from} dnat ip to ip daddr map ${insideOf(facts)}`];
  return [`${from} ip daddr ${facts.wanAddress} dnat ip to ${protocol} dport map @${setsOf(translation).owners}`];
}

/**
 * Where only outbound packets refresh a mapping, inbound ones are looked at before connection tracking, which would let
 * them keep a flow alive (RFC 4787 REQ-6).
 */
export function gates(translations: readonly Translation[], facts: RouterFacts): Chain[] {
  const { wanAddress } = facts;
  const gated = translations.filter(isGated);
  if (gated.length === 0) return [];
  const chains: Chain[] = [
    {
      name: "gate",
      hook: "filter hook prerouting priority raw; policy accept",
      rules: gated.flatMap((translation) => {
        const { protocol } = translation;
        const { own, owners, permissions } = setsOf(translation);
        const known = hasPermissions(translation)
          ? `${inboundKey(translation)} != @${permissions}`
          : `${protocol} dport != @${owners}`;
        const forwarded = matchForwarded(facts, protocol, `${protocol} dport`);
        return [
          ...(forwarded === "" ? [] : [`iifname "wan" ip daddr ${wanAddress} ${forwarded}accept`]),
          `iifname "wan" ${protocol} dport . ip saddr . ${protocol} sport @${own} accept`,
          `iifname "wan" ${known} goto ungated`,
        ];
      }),
    },
    // A chain of its own: every packet passes the gate, and only those that it drops are to be counted.
    { name: "ungated", rules: ["drop"] },
    {
      name: "own",
      hook: "filter hook output priority filter; policy accept",
      rules: gated.map((translation) => {
        const { protocol } = translation;
        const flow = `${protocol} sport . ip daddr . ${protocol} dport`;
        return `oifname "wan" ip saddr ${wanAddress} update @${setsOf(translation).own} { ${flow} }`;
      }),
    },
  ];
  return chains;
}

/** What an inbound packet needs a permission for, by its own headers. */
function inboundKey({ protocol, filtering, addressing }: Translation): string {
  const own = addressing === "one-to-one" ? ["ip daddr", `${protocol} dport`] : [`${protocol} dport`];
  return concat([...own, ...remote(filtering, "ip saddr", `${protocol} sport`)]);
}

function insideOf({ outsideOf }: RouterFacts): string {
  const pairs = Object.entries(outsideOf).map(([inside, outside]) => `${outside} : ${inside}`);
  return `{ ${pairs.join(", ")} }`;
}
