import { histogramValues } from "../../lab/statistics/histogram.ts";
import type { ExportedMetric, Sample } from "./metrics.ts";

/** So many points of one metric at the most: a minute of a thousand callers' packets would be gigabytes. */
const MOST_POINTS = 100_000;

/**
 * A rate of k6 takes a sample as a hit or none: of messages and packets there is a point for each. Where there are too many, for each
 * n-th in the order of the log; the tag `one_in` says so.
 */
export function pointsOf(samples: readonly Sample[]): Sample[] {
  const totals = new Map<string, number>();
  for (const { metric, of = 0 } of samples) totals.set(metric, (totals.get(metric) ?? 0) + of);
  const thinners = new Map([...totals].map(([metric, total]) => [metric, new Thinner(total)]));
  return samples.flatMap(({ of, ...sample }) => {
    if (of === undefined) return [sample];
    const thinner = thinners.get(sample.metric) as Thinner;
    const one = (value: number): Sample => ({ ...sample, value, tags: thinner.shown(sample.tags) });
    const hits = Array.from({ length: thinner.take(sample.value) }, () => one(1));
    return [...hits, ...Array.from({ length: thinner.take(of - sample.value) }, () => one(0))];
  });
}

/**
 * The values of a metric's histograms, each as a point at the end of its stretch of 250 ms, exact to three significant digits. Where
 * there are too many, every n-th in the order of their size, which keeps percentiles what they are.
 */
export function samplesOfHistograms({ name, histograms }: ExportedMetric): Sample[] {
  const all = histograms.map((one) => ({ ...one, values: histogramValues(one.histogram) }));
  const total = all.reduce((sum, { values }) => sum + values.reduce((count, { times }) => count + times, 0), 0);
  const thinner = new Thinner(total);
  return all.flatMap(({ at, tags, values }) =>
    values.flatMap(({ value, times }) =>
      Array.from(
        { length: thinner.take(times) },
        (): Sample => ({ metric: name, at, value, tags: thinner.shown(tags) }),
      ),
    ),
  );
}

/** Lets one in so many pass. */
class Thinner {
  readonly #oneIn: number;
  #passed = 0;

  constructor(total: number) {
    this.#oneIn = Math.max(1, Math.ceil(total / MOST_POINTS));
  }

  take(count: number): number {
    const before = Math.floor(this.#passed / this.#oneIn);
    this.#passed += count;
    return Math.floor(this.#passed / this.#oneIn) - before;
  }

  shown(tags: Sample["tags"]): Sample["tags"] {
    return this.#oneIn === 1 ? tags : { ...tags, one_in: String(this.#oneIn) };
  }
}
