import {
  FIREWALL_PRESETS,
  type Firewall,
  fateOf,
  firewallOf,
  type PortRule,
  parsePortRule,
} from "../model/firewall.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord } from "./read.ts";

const DNS_PORT = 53;

/** Faults of a router's firewall that its structure does not show. */
export function firewallFaults(place: string, firewall: unknown): Fault[] {
  if (!isRecord(firewall)) return [];
  const rules = [
    ...portRuleFaults(`${place}.deny`, firewall.deny),
    ...portRuleFaults(`${place}.allow`, firewall.allow),
  ];
  return [...rules, ...tlsOnlyFaults(`${place}.tlsOnly`, firewall), ...proxyFaults(`${place}.proxy`, firewall.proxy)];
}

/** What a router's firewall comes to, or null where it is not right; that is told elsewhere. */
export function effectiveFirewall(
  firewall: unknown,
  presetsOwn: keyof typeof FIREWALL_PRESETS | undefined,
): Firewall | null {
  if (firewall === undefined) return firewallOf(presetsOwn);
  if (typeof firewall === "string" && Object.hasOwn(FIREWALL_PRESETS, firewall))
    return firewallOf(firewall as keyof typeof FIREWALL_PRESETS);
  return isRecord(firewall) && hasLegalRules(firewall) ? firewallOf(firewall) : null;
}

/** Faults of a list of rules: `udp`, `tcp:443`, `udp:49152-65535`. */
export function portRuleFaults(place: string, rules: unknown): Fault[] {
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: unknown, index): Fault[] => {
    if (typeof rule !== "string" || parsePortRule(rule)) return [];
    const expected = '"udp" or "tcp", alone or with a port or a range of 1 to 65535, such as "udp:49152-65535"';
    return [{ place: `${place}[${index}]`, expected, found: show(rule) }];
  });
}

function isRules(value: unknown): value is PortRule[] {
  return Array.isArray(value) && value.every((rule) => typeof rule === "string" && parsePortRule(rule) !== null);
}

function hasLegalRules({ deny, allow, tlsOnly }: Record<string, unknown>): boolean {
  const isMissingOr = (value: unknown, isLegal: boolean) => value === undefined || isLegal;
  return (
    isMissingOr(deny, isRules(deny)) &&
    isMissingOr(allow, allow === "all" || isRules(allow)) &&
    isMissingOr(tlsOnly, Array.isArray(tlsOnly))
  );
}

/** A port that nothing passes on cannot let TLS pass alone. */
function tlsOnlyFaults(place: string, firewall: Record<string, unknown>): Fault[] {
  if (!Array.isArray(firewall.tlsOnly) || !hasLegalRules(firewall)) return [];
  const whole = firewallOf(firewall);
  return firewall.tlsOnly.flatMap((port: unknown, index): Fault[] => {
    if (typeof port !== "number" || fateOf(whole, { protocol: "tcp", port, isTls: true }) === "passed") return [];
    const expected = "a TCP port that the firewall lets out";
    return [{ place: `${place}[${index}]`, expected, found: `${port}, which it does not` }];
  });
}

function proxyFaults(place: string, proxy: unknown): Fault[] {
  if (!isRecord(proxy)) return [];
  const faults: Fault[] = [];
  if (Array.isArray(proxy.connectPorts) && proxy.connectPorts.length === 0)
    faults.push({
      place: `${place}.connectPorts`,
      expected: "at least one port that the proxy may connect to, such as 443",
      found: "[]",
      hint: "A network without a way out needs no proxy: leave it out.",
    });
  if (proxy.port === DNS_PORT)
    faults.push({ place: `${place}.port`, expected: "a port other than the router's DNS", found: String(DNS_PORT) });
  return faults;
}
