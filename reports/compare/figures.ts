import { isAllocations } from "../../lab/model/grid.ts";
import { METRICS, type TrendName } from "../../lab/model/metrics.ts";
import { quantileOf } from "../../lab/statistics/distribution.ts";
import { shareDifference } from "../../lab/statistics/paired-difference.ts";
import { leastSamples, quantileDifference } from "../../lab/statistics/quantile-difference.ts";
import { successOf } from "../render/words.ts";
import type { Figure } from "./comparison.ts";
import type { ScenarioFacts } from "./run-facts.ts";
import type { ServerLoad } from "./server-load.ts";

/** One number of a scenario that can be held against another run's. */
export type FigureSpec = Pick<Figure, "name" | "kind" | "unit"> & {
  /** What it means when there is more of it; null: neither. */
  more: "better" | "worse" | null;
  value(facts: ScenarioFacts): number | null;
  samples(facts: ScenarioFacts): number;
  /** Of the difference, by chance among calls. Null: why there is none. */
  interval(before: ScenarioFacts, after: ScenarioFacts): { interval: [number, number] | null; note: string | null };
};

const QUANTILES = [
  { p: 0.5, word: "med", key: "med" },
  { p: 0.95, word: "p(95)", key: "p(95)" },
] as const;

const LOADS: Record<keyof ServerLoad, { words: string; unit: string; more: FigureSpec["more"] }> = {
  cpuMsPerCall: { words: "CPU for a call", unit: "ms", more: "worse" },
  packetsPerCall: { words: "packets for a call", unit: "packets", more: null },
  cpuMaxPercent: { words: "CPU at most", unit: "percent", more: "worse" },
  memoryMaxBytes: { words: "memory at most", unit: "bytes", more: "worse" },
  packetsMaxPerSecond: { words: "packets a second at most", unit: "packet/s", more: null },
};

const ONE_A_RUN = "one figure a run, and no run repeated";

/** The figures that at least one of two scenarios of one name has. */
export function figureSpecs(before: ScenarioFacts, after: ScenarioFacts): FigureSpec[] {
  const both = [before, after];
  const servers = new Set(both.flatMap(({ loads }) => Object.keys(loads)));
  const specs = [
    ...(both.some(({ summary }) => summary.cells) ? [] : [success(both)]),
    delivery(),
    ...(Object.keys(before.summary.metrics) as TrendName[]).flatMap((name) => QUANTILES.map((at) => time(name, at))),
    ...[...servers].flatMap((server) => (Object.keys(LOADS) as (keyof ServerLoad)[]).map((key) => load(server, key))),
  ];
  return specs.filter(({ value }) => both.some((one) => value(one) !== null));
}

function success(both: readonly ScenarioFacts[]): FigureSpec {
  const isRaw = both.some(
    ({ log, summary }) => summary.allocations ?? (log?.definition && isAllocations(log.definition)),
  );
  const wantsNone = both.some(({ summary }) => summary.expectedPath === "none" || summary.expectedFailure !== null);
  const shares = ({ summary }: ScenarioFacts) => {
    const { successes: good, finished: calls } = successOf(summary);
    return { good, calls };
  };
  return {
    name: isRaw ? "allocation_success" : "session_success",
    kind: "share",
    unit: "ratio",
    more: wantsNone ? null : "better",
    value: ({ summary }) => successOf(summary).rate,
    samples: (facts) => shares(facts).calls,
    interval: (before, after) => ({
      interval: shareDifference({ candidate: shares(after), baseline: shares(before) }, 1, 0, 0.95).interval,
      note: null,
    }),
  };
}

function delivery(): FigureSpec {
  const of = ({ summary: { messageDelivery } }: ScenarioFacts) => messageDelivery;
  return {
    name: "message_delivery",
    kind: "share",
    unit: "ratio",
    more: "better",
    value: (facts) => (of(facts).sent === 0 ? null : of(facts).received / of(facts).sent),
    samples: (facts) => of(facts).sent,
    interval: () => ({ interval: null, note: ONE_A_RUN }),
  };
}

function time(name: TrendName, { p, word, key }: (typeof QUANTILES)[number]): FigureSpec {
  return {
    name: `${name} ${word}`,
    kind: "time",
    unit: METRICS[name].unit,
    more: "worse",
    value: ({ summary, log }) => (log ? quantileOf(log.times[name], p) : summary.metrics[name][key]),
    samples: ({ summary }) => summary.metrics[name].count,
    interval: (before, after) => {
      if (!before.log || !after.log) return { interval: null, note: "a summary has no samples: give the run's folder" };
      const interval = quantileDifference(before.log.times[name], after.log.times[name], p)?.interval ?? null;
      const least = leastSamples(p);
      return { interval, note: interval ? null : `too few samples: it takes ${least} in each run` };
    },
  };
}

function load(server: string, key: keyof ServerLoad): FigureSpec {
  const { words, ...rest } = LOADS[key];
  const value = ({ loads }: ScenarioFacts) => loads[server]?.[key] ?? null;
  return {
    name: `${server}: ${words}`,
    kind: "load",
    ...rest,
    value,
    samples: (facts) => (value(facts) === null ? 0 : 1),
    interval: () => ({ interval: null, note: ONE_A_RUN }),
  };
}
