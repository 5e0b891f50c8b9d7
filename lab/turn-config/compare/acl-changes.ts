import { type AddressSpan, spanOfPrefix } from "../check/address-number.ts";
import type { CheckedConfig } from "../check/checked-config.ts";
import { asTaken } from "../check/peer-acl.ts";
import { INTERNAL_RANGES, SPECIAL_RANGES } from "../check/peer-ranges.ts";
import type { RuleFinding } from "../check/rule.ts";
import type { CompareRule } from "./compare-rule.ts";

/** Fewer addresses than these are hosts that somebody has named, and not a part of the internet that callers are in. */
const FEW_HOSTS = 256n;

export const ACL_CHANGES: readonly CompareRule[] = [
  {
    id: "acl-tightened",
    severity: "error",
    title: "Public peers that were allowed are denied.",
    compare: (before, after) =>
      after.acl.denied.flatMap(({ span, line }): RuleFinding[] => {
        const address = samplesOf(span).find(
          (sample) => before.acl.verdictOn(sample).isAllowed && after.acl.verdictOn(sample).line === line,
        );
        if (address === undefined) return [];
        return [
          {
            ...(asTaken(span).every(({ first, last }) => last - first < FEW_HOSTS)
              ? { severity: "warning" as const }
              : {}),
            line: line.number,
            option: line.key,
            expected: `relays to ${address}, as before`,
            found: `${line.key}=${line.value}`,
            reason: "Peers on the internet have addresses there: the server answers 403 Forbidden IP for them.",
            fix: `Take ${line.key}=${line.value} out, or narrow it to addresses that no peer has.`,
            affects: "users who call somebody there and need a relay",
          },
        ];
      }),
  },
  {
    id: "acl-exception-removed",
    severity: "error",
    title: "A peer that had an allowed-peer-ip is denied.",
    compare: (before, after) =>
      before.acl.allowed.flatMap(({ span, line }): RuleFinding[] => {
        const address = line.value.split("-")[0]?.trim() ?? "";
        const verdict = after.acl.verdictOn(address);
        if (span.first !== span.last || verdict.isAllowed || !before.acl.verdictOn(address).isAllowed) return [];
        return [
          {
            line: verdict.line?.number ?? null,
            option: "allowed-peer-ip",
            expected: `allowed-peer-ip=${address}, as before`,
            found: verdict.line ? `${verdict.line.key}=${verdict.line.value}` : "none",
            reason: "Somebody made an exception of it: a media server, or the server's own relays.",
            fix: `allowed-peer-ip=${address}`,
            affects: `users who reach ${address} through the relay alone`,
          },
        ];
      }),
  },
  {
    id: "protection-removed",
    severity: "error",
    title: "Something that was closed is open.",
    compare: (before, after) => [...openedRanges(before, after), ...openedFlags(before, after)],
  },
];

function openedRanges(before: CheckedConfig, after: CheckedConfig): RuleFinding[] {
  const opened = [...INTERNAL_RANGES, ...SPECIAL_RANGES].filter(({ prefix }) => {
    const span = spanOfPrefix(prefix);
    return before.acl.isDenied(span) && !after.acl.isDenied(span);
  });
  if (opened.length === 0) return [];
  return [
    {
      line: null,
      option: "denied-peer-ip",
      expected: `denied-peer-ip for ${opened.map(({ prefix }) => prefix).join(", ")}, as before`,
      found: "none",
      reason: "The relay reaches these addresses now, for whoever holds a credential.",
      fix: opened.map(({ range }) => `denied-peer-ip=${range}`).join("\n"),
    },
  ];
}

function openedFlags(before: CheckedConfig, after: CheckedConfig): RuleFinding[] {
  const closed = [
    { option: "no-tcp-relay", reason: "CONNECT makes a TCP proxy of the server (RFC 6062)." },
    { option: "no-multicast-peers", reason: "The relay reaches multicast groups of the server's network." },
  ].filter(({ option }) => before.settings.isOn(option) && !after.settings.isOn(option));
  return closed
    .filter(({ option }) => option !== "no-multicast-peers" || !after.acl.isDenied(spanOfPrefix("224.0.0.0/4")))
    .map(({ option, reason }) => ({
      line: after.lineNumber(option),
      option,
      expected: `${option}, as before`,
      found: "none",
      reason,
      fix: option,
    }));
}

/** What the internet's hosts have: all of IPv4 without the ranges for special purposes. */
const PUBLIC: readonly AddressSpan[] = withoutSpans(
  spanOfPrefix("0.0.0.0/0"),
  [...INTERNAL_RANGES, ...SPECIAL_RANGES]
    .filter(({ isIpv6 }) => !isIpv6)
    .map(({ prefix }) => spanOfPrefix(prefix))
    .concat(["0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3"].map(spanOfPrefix)),
);

/** Ends and middles of a range's public parts. */
function samplesOf(span: AddressSpan): string[] {
  return asTaken(span).flatMap((taken) =>
    PUBLIC.flatMap(({ first, last }) => {
      const [from, to] = [taken.first > first ? taken.first : first, taken.last < last ? taken.last : last];
      return taken.family !== 4 || from > to ? [] : [from, (from + to) / 2n, to].map(textOf);
    }),
  );
}

function textOf(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 255n).join(".");
}

function withoutSpans(whole: AddressSpan, taken: readonly AddressSpan[]): AddressSpan[] {
  const free: AddressSpan[] = [];
  let next = whole.first;
  for (const { first, last } of taken.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first > next) free.push({ family: whole.family, first: next, last: first - 1n });
    if (last >= next) next = last + 1n;
  }
  if (next <= whole.last) free.push({ family: whole.family, first: next, last: whole.last });
  return free;
}
