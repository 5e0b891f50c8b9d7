import { METRICS } from "../../lab/model/metrics.ts";
import type { AllocationSummary, ScenarioSummary, ThresholdResult } from "../../lab/model/summary.ts";
import { metricKey } from "../../lab/model/tags.ts";
import { parseThreshold, satisfies } from "../../lab/model/thresholds.ts";

/** Numbers as people read them. Each takes null for "not measured" and never shows that as 0. */
export const NOTHING = "–";

/** Milliseconds without a unit: whole from 100 on, else one decimal. */
export function formatMs(value: number | null): string {
  return value === null ? NOTHING : value.toFixed(value < 100 ? 1 : 0);
}

/** A ratio as per cent, with at most `digits` decimals. */
export function formatRatio(value: number | null, digits = 1): string {
  return value === null ? NOTHING : `${trimZeros((value * 100).toFixed(digits))} %`;
}

/** Both ends of an interval of ratios as per cent, rounded outwards: never narrower than it is. */
export function formatInterval(interval: [number, number] | null, digits = 1): string {
  if (interval === null) return NOTHING;
  const scale = 100 * 10 ** digits;
  const [low, high] = interval;
  const ends = [Math.floor(low * scale), Math.ceil(high * scale)];
  return ends.map((end) => trimZeros((end / 10 ** digits).toFixed(digits))).join("–");
}

/** CPU per cent, 100 is one core. */
export function formatCpu(value: number | null): string {
  return value === null ? NOTHING : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

export function formatMebibytes(value: number | null): string {
  if (value === null) return NOTHING;
  const mebibytes = value / 2 ** 20;
  return `${mebibytes.toFixed(mebibytes < 10 ? 1 : 0)} MiB`;
}

/** Bits a second as Mbit/s, without the unit. */
export function formatMegabits(value: number | null): string {
  if (value === null) return NOTHING;
  const megabits = value / 1e6;
  return megabits.toFixed(megabits < 10 ? 2 : megabits < 100 ? 1 : 0);
}

export function formatCount(value: number | null): string {
  return value === null ? NOTHING : String(Math.round(value));
}

/** How long something ran: `850 ms`, `41.2 s`, `3 min 12 s`. */
export function formatDuration(durationMs: number | null): string {
  if (durationMs === null) return NOTHING;
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `850 B`, `41.2 kB`, `3.1 MB`. */
export function formatBytes(count: number): string {
  if (count < 1_000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1_000).toFixed(1)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a threshold saw, with its unit, and with enough decimals that the reader comes to the same verdict. */
export function formatObserved({ metric: name, expression, observed }: ThresholdResult): string {
  if (observed === null) return "no data";
  const { metric } = metricKey(name);
  const { unit, type } = METRICS[metric];
  if (type === "counter") return String(observed);
  const factor = type === "rate" ? 100 : 1;
  const threshold = parseThreshold(metric, expression);
  const round = (digits: number) => trimZeros((observed * factor).toFixed(digits));
  let digits = type === "rate" ? 2 : observed < 100 ? 1 : 0;
  if (!("error" in threshold)) {
    const verdict = satisfies(threshold, observed);
    while (digits < 12 && satisfies(threshold, Number(round(digits)) / factor) !== verdict) digits += 1;
  }
  return `${round(digits)} ${type === "rate" ? "%" : unit}`;
}

/** How many samples stand behind a threshold's number. */
export function formatSamples(scenario: ScenarioSummary, { metric: name }: ThresholdResult): string {
  const { metrics, sessions, messageDelivery, silences, iceServerApis, media } = scenario;
  const { metric } = metricKey(name);
  const part = scenario.submetrics[name];
  switch (metric) {
    case "session_success":
      return plural(part?.type === "rate" ? part.total : sessions.connected + sessions.failed, "session");
    case "session_recovered":
      return plural(part?.type === "rate" ? part.total : silences.total, "silence");
    case "message_delivery":
      return plural(part?.type === "rate" ? part.total : messageDelivery.sent, "message");
    case "rtp_delivery":
      return plural(
        media.reduce(
          (total, { packetsSent, packetsReceived, packetsLost }) =>
            total + (packetsSent ?? packetsReceived + packetsLost),
          0,
        ),
        "packet",
      );
    case "ice_servers_cache_hits": {
      const all = sumOf(iceServerApis, ({ fetched, failed, cached }) => fetched + failed + cached);
      return plural(part?.type === "rate" ? part.total : all, "list");
    }
    case "allocation_success":
      return plural(
        part?.type === "rate" ? part.total : scenario.allocations ? outcomesOf(scenario.allocations) : 0,
        "iteration",
      );
    case "packet_delivery":
    case "packets_on_time":
    case "packets_skipped":
      return plural(part?.type === "rate" ? part.total : packetsOf(scenario, metric), "packet");
    case "iterations_begun":
      return plural(sessions.started + scenario.droppedIterations, "iteration");
    case "ice_servers_fetches":
    case "sessions":
    case "dropped_sessions":
    case "skipped_messages":
    case "rtp_skipped":
    case "dropped_iterations":
      return plural(sessions.started, scenario.allocations ? "iteration" : "session");
    default:
      return plural(part?.type === "trend" ? part.statistics.count : metrics[metric].count, "sample");
  }
}

function outcomesOf({ ended, losses, failures }: AllocationSummary): number {
  return [...Object.values(losses), ...Object.values(failures)].reduce((total, count) => total + count, ended);
}

function packetsOf(
  { allocations }: ScenarioSummary,
  metric: "packet_delivery" | "packets_on_time" | "packets_skipped",
) {
  if (!allocations) return 0;
  const { sent, received, lost, skipped } = allocations.packets;
  return metric === "packet_delivery" ? received + lost : sent + skipped;
}

function sumOf<T>(record: Readonly<Record<string, T>>, of: (value: T) => number): number {
  return Object.values(record).reduce((total, value) => total + of(value), 0);
}

/** Text from servers and peers on one line, without anything that could steer a terminal. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ").trim();
}

function trimZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
