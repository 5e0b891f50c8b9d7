import { type PortRule, parsePortRule } from "./firewall.ts";

export type PortRange = { min: number; max: number };

/** The ports of one protocol that rules name, in order; ranges that overlap or touch are one. Texts that are no rule count for nothing. */
export function portRanges(rules: readonly PortRule[], protocol: "udp" | "tcp"): PortRange[] {
  const named = rules.flatMap((rule) => {
    const parsed = parsePortRule(rule);
    return parsed?.protocol === protocol ? [{ min: parsed.min, max: parsed.max }] : [];
  });
  return mergeRanges(named);
}

export function mergeRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: PortRange[] = [];
  for (const { min, max } of ranges.toSorted((a, b) => a.min - b.min)) {
    const last = merged.at(-1);
    if (last && min <= last.max + 1) last.max = Math.max(last.max, max);
    else merged.push({ min, max });
  }
  return merged;
}

/** What is left of a range, in order. */
export function freeRanges(taken: readonly PortRange[], { min, max }: PortRange): PortRange[] {
  const free: PortRange[] = [];
  let next = min;
  for (const range of mergeRanges(taken)) {
    if (range.min > next) free.push({ min: next, max: Math.min(max, range.min - 1) });
    next = Math.max(next, range.max + 1);
  }
  if (next <= max) free.push({ min: next, max });
  return free.filter((range) => range.min <= range.max);
}

export const sizeOf = ({ min, max }: PortRange) => max - min + 1;
