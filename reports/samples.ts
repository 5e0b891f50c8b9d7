import type { CounterName, MetricName, RateName, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import { hasTags, type MetricKey } from "../lab/model/tags.ts";
import type { TaggedSample } from "./tagged-samples.ts";

/** The raw samples of one scenario, or of what of them has some tags: what metrics are computed from and thresholds look at. */
export type Samples = {
  trends: Record<TrendName, number[]>;
  rates: Record<RateName, { hits: number; total: number }>;
  /** Null where nothing was counted and the scenario did not run to its end: then 0 is not known. */
  counters: Record<CounterName, number | null>;
};

/** What is looked at: of one metric what has some tags. */
export type Wanted = Pick<MetricKey, "metric" | "tags">;

/**
 * Sorts samples by metric; of all of them those that are wanted. `isCompleted`: the scenario ran to its end, and what was not
 * counted did not happen.
 */
export function collectSamples(
  samples: readonly TaggedSample[],
  { isCompleted, wanted }: { isCompleted: boolean; wanted?: Wanted },
): Samples {
  const of = wanted
    ? samples.filter(({ metric, tags }) => metric === wanted.metric && hasTags(tags, wanted.tags))
    : samples;
  const byMetric = Map.groupBy(of, ({ metric }) => metric);
  const all = (metric: MetricName) => byMetric.get(metric) ?? [];
  const sum = (metric: MetricName, of: (sample: TaggedSample) => number) =>
    all(metric).reduce((total, sample) => total + of(sample), 0);
  return {
    trends: ofType("trend", (name) => all(name).map(({ value }) => value)),
    rates: ofType("rate", (name) => ({
      hits: sum(name, ({ value }) => value),
      total: sum(name, ({ of = 1 }) => of),
    })),
    counters: ofType("counter", (name) => {
      const counted = sum(name, ({ value }) => value);
      return counted > 0 || isCompleted ? counted : null;
    }),
  };
}

type NamesOf<T> = { [N in MetricName]: (typeof METRICS)[N]["type"] extends T ? N : never }[MetricName];

function ofType<T extends string, V>(type: T, of: (name: NamesOf<T>) => V): Record<NamesOf<T>, V> {
  const names = (Object.keys(METRICS) as MetricName[]).filter((name) => METRICS[name].type === type) as NamesOf<T>[];
  return Object.fromEntries(names.map((name) => [name, of(name)])) as Record<NamesOf<T>, V>;
}
