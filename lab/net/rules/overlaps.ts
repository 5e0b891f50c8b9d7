import { FLOW_ENDS, keysOf } from "./flow-ends.ts";
import { matchForwarded } from "./forwards.ts";
import { concat, isOverlapping, remote, setsOf } from "./memory-sets.ts";
import type { Chain, RouterFacts } from "./ruleset.ts";
import type { Translation } from "./translation.ts";

/** The conntrack zone of flows that came by a mapping meant for others. */
const ZONE = 1;

/**
 * Somebody outside may use a port whose mapping is meant for another far end. As seen from inside, his flow has the same
 * addresses and ports as one that the host has begun with him by another port: in one zone, connection tracking would
 * give the packets another source port to tell the two apart. So it has a zone of its own. The host's answers leave by its
 * own mapping towards him where it has begun a flow (RFC 4787 section 4.1), else by the port he came to.
 */
export function overlaps(translations: readonly Translation[], facts: RouterFacts): Chain[] {
  const { wanAddress } = facts;
  const overlapping = translations.filter(isOverlapping);
  if (overlapping.length === 0) return [];
  const rules = overlapping.flatMap((translation) => {
    const { protocol, mapping } = translation;
    const { owners, towards, answered } = setsOf(translation);
    const far = concat([`${protocol} dport`, ...remote(mapping, "ip saddr", `${protocol} sport`)]);
    const flow = `ip saddr . ${protocol} sport . ip daddr . ${protocol} dport`;
    // A forward is the same port both ways: nobody comes by a mapping that is meant for others.
    const forwarded = matchForwarded(facts, protocol, `${protocol} dport`);
    return [
      ...(forwarded === "" ? [] : [`iifname "wan" ip daddr ${wanAddress} ${forwarded}accept`]),
      `iifname "wan" ip daddr ${wanAddress} ${protocol} dport @${owners} ${far} != @${towards} ct zone set ${ZONE}`,
      `iifname != "wan" ${flow} @${answered} ct zone set ${ZONE}`,
    ];
  });
  return [{ name: "overlaps", hook: "filter hook prerouting priority raw; policy accept", rules }];
}

/** Which flows are answered by the port they came to: settled when they begin, and kept while they go on. */
export function refreshAnswered(translation: Translation, timeout: string): string[] {
  if (!isOverlapping(translation)) return [];
  const { begun, answered } = setsOf(translation);
  const { flow } = keysOf(translation, FLOW_ENDS.responder);
  const inZone = `meta l4proto ${translation.protocol} ct zone ${ZONE} ct status dnat`;
  const update = `update @${answered} { ${flow}${timeout} }`;
  return [`${inZone} ct state new ${flow} != @${begun} ${update}`, `${inZone} ${flow} @${answered} ${update}`];
}
