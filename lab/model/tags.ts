import type { MetricName } from "./metrics.ts";
import { METRICS } from "./metrics.ts";

/** What is known of a sample beside its value, as k6 has it. A tag that does not apply is not there. */
export type Tags = Readonly<Record<string, string>>;

/**
 * The lab's own tags, beside those of `load.tags`. `vu` and `iter` are none: k6 keeps them beside the tags, as metadata, and no
 * threshold can ask for them (k6: metrics/system_tag.go, NonIndexableSystemTags).
 */
export const SYSTEM_TAGS = {
  scenario: "the scenario's name",
  path: "class of the selected pair; of a session that connected",
  pair: "types of the selected pair, offerer's first; of a session that connected",
  transport:
    "between peer and TURN server, of an allocation its own; two words, as udp-tls, where both ends are relayed and differ",
  failure: "code; of a session that failed or was dropped",
  role: "the peer whose sample it is",
  api: "of the topology's, whose list it is",
  reason: "why iterations could not begin",
} as const;
export type SystemTag = keyof typeof SYSTEM_TAGS;

/** In grids, which have no thresholds: whose call it was. */
export type GridTag = "table" | "row" | "column";

export const NON_INDEXED_TAGS: readonly string[] = ["vu", "iter"];

const OF_SESSION = ["scenario", "path", "pair", "transport", "failure"] as const satisfies SystemTag[];
const OF_LIST = ["scenario", "api", "role"] as const satisfies SystemTag[];
const OF_OTHERS: Partial<Record<MetricName, readonly SystemTag[]>> = {
  // Nothing is known of a session that has just started.
  sessions: ["scenario"],
  dropped_iterations: ["scenario", "reason"],
  turn_allocate_time: [...OF_SESSION, "role"],
  ice_servers_fetch_time: OF_LIST,
  ice_servers_fetches: OF_LIST,
  ice_servers_cache_hits: OF_LIST,
};

/** Of a load of raw TURN clients, on samples of every metric: what they have in common is all that is known of one. */
export const ALLOCATION_TAGS = ["scenario", "transport"] as const satisfies SystemTag[];

/** Tags of the lab's own that samples of a metric may have, where they are of sessions. */
export function systemTagsOf(metric: MetricName): readonly SystemTag[] {
  return OF_OTHERS[metric] ?? OF_SESSION;
}

/** A metric, or the part of its samples that has these tags. `name`: as it was written. */
export type MetricKey = { name: string; metric: MetricName; tags: Tags };

/**
 * Reads `connect_time`, or a sub-metric such as `connect_time{path:relayed,failure:"turn_no_answer"}` (k6: metrics/metric.go,
 * ParseMetricName and AddSubmetric). `metric` need not be one.
 */
export function parseMetricKey(
  key: string,
): { metric: string; tags: readonly (readonly [tag: string, value: string])[] } | { error: string } {
  const [open, close] = [key.indexOf("{"), key.lastIndexOf("}")];
  if (open === -1 && close === -1) return { metric: key, tags: [] };
  if (open === -1 || close !== key.length - 1) return { error: `expected METRIC{TAG:VALUE}, found ${key}` };
  const tags = key
    .slice(open + 1, close)
    .split(",")
    .map((part) => {
      const colon = part.indexOf(":");
      return [part.slice(0, colon === -1 ? undefined : colon), colon === -1 ? "" : part.slice(colon + 1)].map(unquoted);
    })
    .map(([tag = "", value = ""]) => [tag, value] as const);
  const bad = tags.find(([tag, value]) => tag === "" || value === "");
  if (bad) return { error: `expected TAG:VALUE in the braces of ${key}, found "${bad.join(":")}"` };
  return { metric: key.slice(0, open), tags };
}

const unquoted = (text: string) => text.trim().replaceAll(/^["']+|["']+$/g, "");

/** The key of a threshold that was checked. @throws on any other */
export function metricKey(key: string): MetricKey {
  const parsed = parseMetricKey(key);
  if ("error" in parsed) throw new TypeError(parsed.error);
  if (!Object.hasOwn(METRICS, parsed.metric)) throw new TypeError(`no metric is called ${parsed.metric}`);
  return { name: key, metric: parsed.metric as MetricName, tags: Object.fromEntries(parsed.tags) };
}

/** Whether a sample is one of a sub-metric: it has all of its tags. */
export function hasTags(sample: Tags, wanted: Tags): boolean {
  return Object.entries(wanted).every(([tag, value]) => sample[tag] === value);
}
