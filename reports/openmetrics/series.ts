import { FAMILIES, type FamilyName, type LabelsOf, type NamesOfType } from "./families.ts";

/** What a histogram holds: `counts` by bucket, not added up, the last one for what is above all bounds. `sum`: in its unit. */
export type Counted = { counts: number[]; sum: number };

export type Sample<V> = { labels: Readonly<Record<string, string>>; value: V };

/** The series of all families by now. Labels of one series are always in the order of its family. */
export class Series {
  readonly #values = new Map<FamilyName, Map<string, Sample<number>>>();
  readonly #histograms = new Map<FamilyName, Map<string, Sample<Counted>>>();

  /** Adds to a counter; 0 makes it be there, since what is not there before it rises does not rise for Prometheus. */
  add<N extends NamesOfType<"counter">>(name: N, labels: LabelsOf<N>, count = 1): void {
    this.#at(name, labels).value += count;
  }

  /** A counter that is counted elsewhere, or a gauge. Null: there is none. */
  set<N extends NamesOfType<"counter" | "gauge">>(name: N, labels: LabelsOf<N>, value: number | null): void {
    if (value === null) this.#values.get(name)?.delete(keyOf(name, labels));
    else this.#at(name, labels).value = value;
  }

  /** 1 for what is, 0 for what it could be as well. */
  setOne<N extends NamesOfType<"gauge">>(
    name: N,
    labels: readonly LabelsOf<N>[],
    is: (labels: LabelsOf<N>) => boolean,
  ) {
    for (const one of labels) this.set(name, one, is(one) ? 1 : 0);
  }

  info<N extends NamesOfType<"info">>(name: N, labels: LabelsOf<N>): void {
    this.#at(name, labels).value = 1;
  }

  observe<N extends NamesOfType<"histogram">>(name: N, labels: LabelsOf<N>, value: number, times = 1): void {
    const { value: counted } = this.#histogramAt(name, labels);
    const bucket = FAMILIES[name].buckets.findIndex((bound) => value <= bound);
    const index = bucket === -1 ? FAMILIES[name].buckets.length : bucket;
    counted.counts[index] = (counted.counts[index] ?? 0) + times;
    counted.sum += value * times;
  }

  /** An empty histogram, for what can be observed. */
  expect<N extends NamesOfType<"histogram">>(name: N, labels: LabelsOf<N>): void {
    this.#histogramAt(name, labels);
  }

  /** Takes away what a family has of a scenario. */
  drop(name: NamesOfType<"gauge">, scenario: string): void {
    const family = this.#values.get(name);
    for (const [key, { labels }] of family ?? []) if (labels.scenario === scenario) family?.delete(key);
  }

  /** Takes a family away, to be counted anew. */
  clear(name: FamilyName): void {
    this.#values.delete(name);
    this.#histograms.delete(name);
  }

  values(name: FamilyName): Sample<number>[] {
    return [...(this.#values.get(name)?.values() ?? [])];
  }

  histograms(name: FamilyName): Sample<Counted>[] {
    return [...(this.#histograms.get(name)?.values() ?? [])];
  }

  #at<N extends FamilyName>(name: N, labels: LabelsOf<N>): Sample<number> {
    return seriesAt(this.#values, name, labels, () => 0);
  }

  #histogramAt<N extends NamesOfType<"histogram">>(name: N, labels: LabelsOf<N>): Sample<Counted> {
    return seriesAt(this.#histograms, name, labels, () => ({
      counts: Array<number>(FAMILIES[name].buckets.length + 1).fill(0),
      sum: 0,
    }));
  }
}

function seriesAt<V>(
  all: Map<FamilyName, Map<string, Sample<V>>>,
  name: FamilyName,
  labels: Readonly<Record<string, string>>,
  empty: () => V,
): Sample<V> {
  const family = all.get(name) ?? new Map<string, Sample<V>>();
  all.set(name, family);
  const key = keyOf(name, labels);
  const known = family.get(key);
  if (known) return known;
  const ordered = Object.fromEntries(FAMILIES[name].labels.map((label) => [label, labels[label] ?? ""]));
  const made = { labels: ordered, value: empty() };
  family.set(key, made);
  return made;
}

function keyOf(name: FamilyName, labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(FAMILIES[name].labels.map((label) => labels[label]));
}
