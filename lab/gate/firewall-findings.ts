import type { CheckFinding } from "../model/check.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import { freeRanges, portRanges, sizeOf } from "../model/port-ranges.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";

export const FIREWALL_RULES = [
  {
    id: "relay-range-outside-firewall",
    severity: "error",
    title: "Relay ports that the firewall in front of the server does not let in.",
  },
] as const;

/**
 * Relay ports behind a closed firewall, where the profile says what it lets in: whoever is given one of them is reached by those
 * alone whom the relay has sent to before. Pure.
 */
export function firewallFindings(
  { firewall }: Pick<GateProfile, "firewall">,
  { file, text, facts: { relay } }: TurnConfig,
): CheckFinding[] {
  const range = { min: relay.minPort, max: relay.maxPort };
  if (!firewall || range.min > range.max) return [];
  const closed = freeRanges(portRanges(firewall, "udp"), range);
  const [first] = closed;
  if (!first) return [];
  const option = first.min === range.min ? "min-port" : "max-port";
  const count = closed.reduce((sum, one) => sum + sizeOf(one), 0);
  const told = closed.map(({ min, max }) => (min === max ? `${min}` : `${min}-${max}`)).join(", ");
  return [
    {
      rule: "relay-range-outside-firewall",
      severity: "error",
      file,
      line: new Settings(parseConfig(text)).lineOf(option)?.number ?? null,
      option,
      expected: "relay ports that the firewall lets in",
      found: `${count} of ${sizeOf(range)} that it does not: udp:${told}`,
      reason: "A relayed address behind a closed firewall gives an allocation, and no call.",
      fix: `Let udp:${range.min}-${range.max} in, or keep the relay range inside of what is let in.`,
      affects: "everybody who needs a relay",
    },
  ];
}
