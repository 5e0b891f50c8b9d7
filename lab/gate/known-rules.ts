import { FAILURES } from "../model/failure.ts";
import { DIFFERENCE_METRICS } from "../model/gate.ts";
import { isAddressedProbe, PROBE_IDS } from "../model/probe-ids.ts";
import { CHECK_RULES } from "../turn-config/check-config.ts";
import { SOURCE_RULES } from "../turn-config/sources/source-rules.ts";
import { CERTIFICATE_RULES } from "./certificate-findings.ts";

/** Told by the gate itself, of files and of what came of calls. */
const OWN_RULES = [
  "addresses-of-no-machine",
  "delivery",
  "external-ip-not-routable",
  "file-not-there",
  "network-without-listener",
  "network-without-url",
  "relay-range-outside-firewall",
  "too_slow",
  "url-outside-firewall",
] as const;

/** Every rule that a profile may set, but for probes of an address or a port, by id. */
export const KNOWN_RULES: readonly string[] = [
  ...[...CHECK_RULES, ...SOURCE_RULES, ...CERTIFICATE_RULES].map(({ id }) => id),
  ...OWN_RULES,
  ...PROBE_IDS,
  ...Object.keys(DIFFERENCE_METRICS).map((metric) => `difference-${metric.replaceAll("_", "-")}`),
  ...Object.keys(FAILURES),
];

export function isKnownRule(id: string): boolean {
  return KNOWN_RULES.includes(id) || isAddressedProbe(id);
}
