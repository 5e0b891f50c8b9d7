import { type ParsedPortRule, type PortRule, parsePortRule } from "../../model/firewall.ts";

/** A port rule as nftables matches it, for either family. @throws RangeError for a text that is no rule */
export function matchPorts(rule: PortRule): string {
  const { protocol, min, max } = parsed(rule);
  if (min === 0) return `meta l4proto ${protocol}`;
  return `${protocol} dport ${min === max ? min : `${min}-${max}`}`;
}

function parsed(rule: PortRule): ParsedPortRule {
  const found = parsePortRule(rule);
  if (!found) throw new RangeError(`expected a port rule such as udp, tcp:443 or udp:49152-65535, found "${rule}"`);
  return found;
}
