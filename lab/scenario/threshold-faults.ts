import { parseDuration } from "../model/duration.ts";
import { FAILURES } from "../model/failure.ts";
import { ALLOCATION_METRICS, METRICS, type MetricName, SESSION_METRICS } from "../model/metrics.ts";
import { didYouMean } from "../model/nearest.ts";
import { ROLES } from "../model/scenario.ts";
import {
  ALLOCATION_TAGS,
  NON_INDEXED_TAGS,
  parseMetricKey,
  SYSTEM_TAGS,
  type SystemTag,
  systemTagsOf,
} from "../model/tags.ts";
import { AGGREGATIONS, parseThreshold } from "../model/thresholds.ts";
import { type Fault, show } from "./fault.ts";
import { isAllocationsValue, isRecord, membersAt, valueAt } from "./read.ts";

/** Faults of a scenario's thresholds: metrics and tags that there are not, and expressions that say nothing. */
export function thresholdFaults(value: unknown, name: string): Fault[] {
  return membersAt(value, "thresholds").flatMap(([key, list]) => {
    const metric = metricOfKey(key);
    return [
      ...keyFaults(key, value, name),
      ...(metric && Array.isArray(list) ? list.flatMap((given, index) => faultsOf(metric, given, key, index)) : []),
    ];
  });
}

/** The metric that a key of thresholds is about, with tags or without; null where it is about none. */
export function metricOfKey(key: string): MetricName | null {
  const parsed = parseMetricKey(key);
  return "metric" in parsed && Object.hasOwn(METRICS, parsed.metric) ? (parsed.metric as MetricName) : null;
}

function keyFaults(key: string, value: unknown, name: string): Fault[] {
  const place = `thresholds.${key}`;
  const parsed = parseMetricKey(key);
  if ("error" in parsed) {
    const expected = "a metric, or one with tags, such as connect_time{path:relayed}";
    return [{ place, expected, found: `the key ${show(key)}`, hint: parsed.error }];
  }
  const metric = metricOfKey(key);
  const isRaw = isAllocationsValue(value);
  const legal: readonly string[] = isRaw ? ALLOCATION_METRICS : SESSION_METRICS;
  if (!metric || !legal.includes(metric)) {
    const expected = `one of ${legal.join(", ")}`;
    return [{ place, expected, found: `the key "${parsed.metric}"`, ...didYouMean(parsed.metric, legal) }];
  }
  const own = Object.fromEntries(membersAt(value, "load", "tags"));
  const tags = [...(isRaw ? ALLOCATION_TAGS : systemTagsOf(metric)), ...Object.keys(own)];
  return parsed.tags.flatMap(([tag, wanted]) => {
    if (!tags.includes(tag)) return [unknownTag(place, metric, tag, tags)];
    const values = Object.hasOwn(own, tag) ? [own[tag]] : valuesOf(tag as SystemTag, value, name);
    if (values === null || values.includes(wanted)) return [];
    const expected = `a value that ${tag} can have: ${values.map(String).join(", ")}`;
    return [{ place, expected, found: show(wanted), ...didYouMean(wanted, values.map(String)) }];
  });
}

function unknownTag(place: string, metric: MetricName, tag: string, legal: readonly string[]): Fault {
  const expected = `a tag that ${metric} has: ${legal.join(", ")}`;
  const found = `the tag "${tag}"`;
  if (NON_INDEXED_TAGS.includes(tag))
    return { place, expected, found, hint: `As in k6, ${tag} is no tag that samples can be chosen by.` };
  if (Object.hasOwn(SYSTEM_TAGS, tag))
    return {
      place,
      expected,
      found,
      hint: `${tag} (${SYSTEM_TAGS[tag as SystemTag]}) is on samples of other metrics.`,
    };
  const { hint = "A tag of your own stands in load.tags." } = didYouMean(tag, legal);
  return { place, expected, found, hint };
}

const PATHS = ["local", "direct", "relayed"];
const TRANSPORTS = ["udp", "tcp", "tls"];
const TYPES = ["host", "srflx", "prflx", "relay"];
const pairs = (words: readonly string[]) => words.flatMap((one) => words.map((other) => `${one}-${other}`));

/** What a tag can be in this scenario; null where that is anybody's guess. */
function valuesOf(tag: SystemTag, value: unknown, name: string): readonly string[] | null {
  switch (tag) {
    case "scenario":
      return [name];
    case "path":
      return PATHS;
    case "pair":
      return pairs(TYPES);
    case "transport":
      return [...TRANSPORTS, ...pairs(TRANSPORTS)];
    case "failure":
      // Those that an end can say: what a diagnosis comes to is no tag.
      return Object.entries(FAILURES).flatMap(([code, failure]) => ("seenAs" in failure ? [] : [code]));
    case "role":
      return ROLES;
    case "api":
      return membersAt(value, "topology", "iceServerApis").map(([api]) => api);
    case "reason":
      return null;
  }
}

function faultsOf(metric: MetricName, given: unknown, key: string, index: number): Fault[] {
  const expression = isRecord(given) ? given.threshold : given;
  if (typeof expression !== "string") return [];
  const delay = valueAt(given, ["delayAbortEval"]);
  const threshold = parseThreshold(metric, expression);
  const place = `thresholds.${key}[${index}]`;
  if (!("error" in threshold)) {
    if (typeof delay !== "string" || parseDuration(delay) !== null) return [];
    const expected = 'a duration as k6 has it, such as "10s"';
    return [{ place: `${place}.delayAbortEval`, expected, found: show(delay) }];
  }
  const { type } = METRICS[metric];
  const expected = `a threshold of a ${type}: ${AGGREGATIONS[type]}, an operator, a number`;
  return [{ place, expected, found: show(expression), hint: threshold.error }];
}
