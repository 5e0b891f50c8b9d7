import type { CounterName, MetricName, RateName, TrendName } from "../lab/model/metrics.ts";
import { METRICS } from "../lab/model/metrics.ts";
import { hasTags, type MetricKey, type Tags } from "../lab/model/tags.ts";
import type { TaggedHistogram } from "./allocation-samples.ts";
import type { TaggedSample } from "./tagged-samples.ts";

/** The raw samples of one scenario, or of what of them has some tags: what metrics are computed from and thresholds look at. */
export type Samples = {
  trends: Record<TrendName, number[]>;
  /** Further samples of a trend, many at once: HdrHistograms of microseconds. Absent: none. */
  histograms?: Partial<Record<TrendName, string[]>>;
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
  {
    isCompleted,
    wanted,
    histograms = [],
  }: { isCompleted: boolean; wanted?: Wanted; histograms?: readonly TaggedHistogram[] },
): Samples {
  const isWanted = ({ metric, tags }: { metric: MetricName; tags: Tags }) =>
    wanted === undefined || (metric === wanted.metric && hasTags(tags, wanted.tags));
  const counted = histograms.filter(isWanted);
  const byMetric = Map.groupBy(samples.filter(isWanted), ({ metric }) => metric);
  const all = (metric: MetricName) => byMetric.get(metric) ?? [];
  const sum = (metric: MetricName, of: (sample: TaggedSample) => number) =>
    all(metric).reduce((total, sample) => total + of(sample), 0);
  return {
    trends: ofType("trend", (name) => all(name).map(({ value }) => value)),
    histograms: Object.fromEntries(
      [...Map.groupBy(counted, ({ metric }) => metric)].map(([metric, all]) => [
        metric,
        all.map(({ histogram }) => histogram),
      ]),
    ),
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
