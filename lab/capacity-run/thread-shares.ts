import type { ServerUse } from "../model/capacity.ts";
import type { ThreadCounters } from "../model/node-counters.ts";

/**
 * What each thread used between two counts, busiest first; 100 is a core. Threads of one name are told apart by the order in which they
 * began: coturn's are all called `turnserver`, and the first of them listens.
 */
export function threadShares(
  before: readonly ThreadCounters[],
  after: readonly ThreadCounters[],
  durationMs: number,
): ServerUse["threads"] {
  const then = new Map(before.map(({ id, cpuMicroseconds }) => [id, cpuMicroseconds]));
  const seen = new Map<string, number>();
  const shares = after
    .toSorted((a, b) => a.id - b.id)
    .map(({ id, name, cpuMicroseconds }) => {
      const number = (seen.get(name) ?? 0) + 1;
      seen.set(name, number);
      const spentMs = (cpuMicroseconds - (then.get(id) ?? 0)) / 1_000;
      return { name: `${name}-${number}`, cpuPercent: durationMs > 0 ? (100 * spentMs) / durationMs : 0 };
    });
  return shares.toSorted((a, b) => b.cpuPercent - a.cpuPercent);
}
