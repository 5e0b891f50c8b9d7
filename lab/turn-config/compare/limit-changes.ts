import type { CheckedConfig } from "../check/checked-config.ts";
import { LIFETIMES, secondsOf } from "../check/lifetime-rules.ts";
import { relaysByCapacity } from "../check/limit-rules.ts";
import type { CompareRule } from "./compare-rule.ts";

/** Zero, and no line, are no limit. */
const LIMITS = ["user-quota", "total-quota", "max-bps"] as const;

/** Numbers of which the two files have others; zero is no limit. */
function linesAsBefore(options: readonly string[], before: CheckedConfig, after: CheckedConfig): string {
  return options
    .filter((option) => (before.settings.numberOf(option) || 0) !== (after.settings.numberOf(option) || 0))
    .map((option) => `${option}=${before.settings.numberOf(option) || 0}`)
    .join("\n");
}

export const LIMIT_CHANGES: readonly CompareRule[] = [
  {
    id: "limit-lowered",
    severity: "warning",
    title: "A lower quota or bandwidth.",
    compare: (before, after) =>
      LIMITS.flatMap((option) => {
        const [was, is] = [before.settings.numberOf(option) || null, after.settings.numberOf(option) || null];
        if (is === null || (was !== null && is >= was)) return [];
        return [
          {
            line: after.lineNumber(option),
            option,
            expected: was === null ? `no ${option}, as before` : `${option}=${was} or more, as before`,
            found: String(is),
            fix: `${option}=${was ?? 0}`,
            reason:
              option === "max-bps"
                ? "What a call sends over it is dropped."
                : "A relay over it is answered 486 Allocation Quota Reached.",
          },
        ];
      }),
  },
  {
    id: "capacity-lowered",
    severity: "warning",
    title: "A bps-capacity that holds fewer relays.",
    compare: (before, after) => {
      const [was, is] = [relaysByCapacity(before), relaysByCapacity(after)];
      if (is === null || (was !== null && is >= was)) return [];
      return [
        {
          line: after.lineNumber("bps-capacity"),
          option: "bps-capacity",
          expected: was === null ? "no bps-capacity, as before" : `room for ${was} relays, as before`,
          found: `room for ${is}`,
          reason: "Each relay reserves max-bps of it; the next is answered 486.",
          fix: linesAsBefore(["max-bps", "bps-capacity"], before, after),
        },
      ];
    },
  },
  {
    id: "relay-range-changed",
    severity: "warning",
    title: "Other relay ports.",
    compare: (before, after) => {
      const [was, is] = [before.relayPorts, after.relayPorts];
      const isMoved = is.min < was.min || is.max > was.max;
      const isSmaller = is.max - is.min < was.max - was.min;
      if (!isMoved && !isSmaller) return [];
      const option = is.min === was.min ? "max-port" : "min-port";
      return [
        {
          line: after.lineNumber(option),
          option,
          expected: `${was.min}-${was.max}, as before`,
          found: `${is.min}-${is.max}`,
          reason: isMoved
            ? "Firewalls and NATs in front of the server have to let the new ports in."
            : "Each relay takes a port; when none is left, the next is answered 508.",
          fix: [
            ...(is.min === was.min ? [] : [`min-port=${was.min}`]),
            ...(is.max === was.max ? [] : [`max-port=${was.max}`]),
          ].join("\n"),
          ...(isMoved ? { affects: "all users whose calls are relayed, where a firewall is in front" } : {}),
        },
      ];
    },
  },
  {
    id: "lifetime-shortened",
    severity: "warning",
    title: "A shorter lifetime.",
    compare: (before, after) =>
      LIFETIMES.flatMap((lifetime) => {
        const { option, usual, breaking, isZeroEndless, reason, affects } = lifetime;
        const [was, is] = [secondsOf(lifetime, before) ?? usual, secondsOf(lifetime, after) ?? usual];
        const isEndless = (seconds: number) => seconds === 0 && isZeroEndless === true;
        // What never ended and now does, in the usual time, is mended.
        if (isEndless(is) || is >= Math.min(isEndless(was) ? usual : was, usual)) return [];
        return [
          {
            ...(is <= breaking ? { severity: "error" as const } : {}),
            line: after.lineNumber(option),
            option,
            expected: `${was} s, as before`,
            found: `${is} s`,
            reason,
            fix: `${option}=${was}`,
            affects,
          },
        ];
      }),
  },
];
