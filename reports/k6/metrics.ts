import type { RunEvent } from "../../lab/model/events.ts";
import { isGrid } from "../../lab/model/grid.ts";
import { METRICS, type MetricName, type MetricType } from "../../lab/model/metrics.ts";
import { hasTags, type MetricKey, metricKey, type Tags } from "../../lab/model/tags.ts";
import type { OneThreshold } from "../../lab/model/thresholds.ts";
import { type TaggedHistogram, taggedHistograms } from "../allocation-samples.ts";
import { judgeThresholds } from "../evaluate-thresholds.ts";
import { collectSamples } from "../samples.ts";
import { type TaggedSample, taggedSamples } from "../tagged-samples.ts";

/** As k6 says what a metric's values are (k6: metrics/value_type.go). */
type Contains = "default" | "time" | "data";

/** k6's own metrics that a run here has too, and how they are made (k6: docs, built-in metrics). */
const K6_METRICS = {
  iterations: { type: "counter", contains: "default" },
  iteration_duration: { type: "trend", contains: "time" },
} as const satisfies Record<string, { type: MetricType; contains: Contains }>;
type K6MetricName = keyof typeof K6_METRICS;
type ExportedName = MetricName | K6MetricName;

/**
 * One sample; of a rate, where `of` says so, so many at once, of which `value` are hits. `at`: Unix ms. `metadata`: what k6 has beside
 * the tags, since too many samples differ in it.
 */
export type Sample = { metric: ExportedName; at: number; value: number; of?: number; tags: Tags; metadata?: Tags };

/** A threshold with its verdict, which is the lab's own. */
export type ExportedThreshold = { given: OneThreshold; isMet: boolean };

/** A metric under k6's name for it: those of the lab's own that k6 has as well are called alike (`dropped_iterations`). */
export type ExportedMetric = {
  name: ExportedName;
  type: MetricType;
  contains: Contains;
  samples: readonly Sample[];
  /** Further samples, many at once, which have no time of their own: of raw TURN clients. */
  histograms: readonly TaggedHistogram[];
  thresholds: readonly ExportedThreshold[];
  submetrics: readonly ExportedSubmetric[];
};

/** What thresholds name with tags. `suffix`: what stands in the braces. */
export type ExportedSubmetric = {
  name: string;
  suffix: string;
  tags: Tags;
  samples: readonly Sample[];
  histograms: readonly TaggedHistogram[];
  thresholds: readonly ExportedThreshold[];
};

/**
 * Every metric that a run has samples or thresholds of, in the order of their names' list.
 *
 * Thresholds of k6 are the whole run's, and here each scenario has its own. So where several ran, a threshold becomes one of the
 * sub-metric of its scenario, as one writes it in k6: `connect_time{scenario:two-homes}`.
 */
export function exportedMetrics(events: readonly RunEvent[], samples: readonly Sample[]): ExportedMetric[] {
  const byMetric = Map.groupBy(samples, ({ metric }) => metric);
  const histograms = Map.groupBy(histogramsOf(events), ({ metric }) => metric as MetricName);
  const judged = judgedThresholds(events);
  const own = (Object.keys(METRICS) as MetricName[]).map((name): ExportedMetric => {
    const { type, unit } = METRICS[name];
    const all = byMetric.get(name) ?? [];
    const many = histograms.get(name) ?? [];
    const parts = judged.filter(({ key }) => key.metric === name && Object.keys(key.tags).length > 0);
    return {
      ...{ name, type, contains: unit === "ms" ? "time" : "default", samples: all, histograms: many },
      thresholds: judged.filter(({ key }) => key.name === name).flatMap(({ thresholds }) => thresholds),
      submetrics: parts.map(({ key, thresholds }) => ({
        name: key.name,
        suffix: suffixOf(key),
        tags: key.tags,
        samples: all.filter(({ tags }) => hasTags(tags, key.tags)),
        histograms: many.filter(({ tags }) => hasTags(tags, key.tags)),
        thresholds,
      })),
    };
  });
  const k6 = (Object.keys(K6_METRICS) as K6MetricName[]).map((name): ExportedMetric => {
    const all = byMetric.get(name) ?? [];
    return { name, ...K6_METRICS[name], samples: all, histograms: [], thresholds: [], submetrics: [] };
  });
  return [...own, ...k6].filter(
    (metric) =>
      metric.samples.length > 0 ||
      metric.histograms.length > 0 ||
      metric.thresholds.length > 0 ||
      metric.submetrics.length > 0,
  );
}

type Judged = { key: MetricKey; thresholds: ExportedThreshold[] };

/** Thresholds of all scenarios by the metric or sub-metric that they are about, as k6 would have been given them. */
function judgedThresholds(events: readonly RunEvent[]): Judged[] {
  const started = events.filter((event) => event.type === "scenario_started");
  const byName = new Map<string, Judged>();
  for (const { scenario, definition } of started) {
    if (isGrid(definition)) continue;
    const own = ofScenario(events, scenario);
    const isCompleted = own.some((event) => event.type === "scenario_finished" && event.outcome === "completed");
    const tagged = taggedSamples(own);
    const histograms = taggedHistograms(own);
    const judged = judgeThresholds(definition, (wanted) => collectSamples(tagged, { isCompleted, wanted, histograms }));
    for (const { key, given, result } of judged) {
      const named = started.length === 1 ? key : keyWithin(scenario, key);
      const entry = byName.get(named.name) ?? { key: named, thresholds: [] };
      entry.thresholds.push({ given, isMet: result.verdict === "passed" });
      byName.set(named.name, entry);
    }
  }
  return [...byName.values()];
}

function keyWithin(scenario: string, key: MetricKey): MetricKey {
  if (key.tags.scenario !== undefined) return key;
  const inner = key.name === key.metric ? "" : `${suffixOf(key)},`;
  return metricKey(`${key.metric}{${inner}scenario:${scenario}}`);
}

const suffixOf = ({ name, metric }: MetricKey) => name.slice(metric.length + 1, -1);

const ofScenario = (events: readonly RunEvent[], scenario: string) =>
  events.filter((event) => "scenario" in event && event.scenario === scenario);

const scenariosOf = (events: readonly RunEvent[]) => [
  ...new Set(events.flatMap((event) => ("scenario" in event ? [event.scenario] : []))),
];

const histogramsOf = (events: readonly RunEvent[]) =>
  scenariosOf(events).flatMap((scenario) => taggedHistograms(ofScenario(events, scenario)));

/** A run's samples in the order of time; those that only histograms have are not among them. */
export function samplesOf(events: readonly RunEvent[]): Sample[] {
  const samples = scenariosOf(events).flatMap((scenario) => {
    const own = ofScenario(events, scenario);
    const tagged = taggedSamples(own);
    return [...tagged.map(exportedSample), ...iterationSamples(own, tagged)];
  });
  return samples.sort((a, b) => a.at - b.at);
}

function exportedSample({ metric, at, value, of, tags, session }: TaggedSample): Sample {
  return { ...sampleOf(metric, at, value, tags, session), ...(of === undefined ? {} : { of }) };
}

/** One of each for every session that ended, with its tags: k6 counts no iteration that it had to interrupt. */
function iterationSamples(events: readonly RunEvent[], tagged: readonly TaggedSample[]): Sample[] {
  const startedAt = new Map(
    events.flatMap((event) => (event.type === "session_started" ? [[event.session, event.at] as const] : [])),
  );
  const ended = tagged.filter(({ metric }) => metric === "session_success");
  // Of raw TURN clients it is known how many ended, and not how long each took.
  const raw = tagged.filter(({ metric }) => metric === "allocation_success");
  if (raw.length > 0) return raw.map(({ at, of = 0, tags }) => sampleOf("iterations", at, of, tags, undefined));
  return ended.flatMap(({ at, tags, session }) => {
    const began = session && startedAt.get(session.number);
    const of = (metric: K6MetricName, value: number) => sampleOf(metric, at, value, tags, session);
    return [of("iterations", 1), ...(began === undefined ? [] : [of("iteration_duration", at - began)])];
  });
}

function sampleOf(
  metric: ExportedName,
  at: number,
  value: number,
  tags: Tags,
  session: TaggedSample["session"],
): Sample {
  const metadata = session && { vu: String(session.vu), iter: String(session.iter) };
  return { metric, at, value, tags, ...(metadata ? { metadata } : {}) };
}
