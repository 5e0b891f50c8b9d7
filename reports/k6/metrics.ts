import type { RunEvent, SessionFinished } from "../../lab/model/events.ts";
import { isGrid } from "../../lab/model/grid.ts";
import { METRICS, type MetricName, type MetricType } from "../../lab/model/metrics.ts";
import type { OneThreshold } from "../../lab/model/thresholds.ts";
import { jitters, rtpStreams, skippedPackets } from "../rtp-streams.ts";

/** As k6 says what a metric's values are (k6: metrics/value_type.go). */
type Contains = "default" | "time" | "data";

/** k6's own metrics that a run here has too, and how they are made (k6: docs, built-in metrics). */
export const K6_METRICS = {
  iterations: { type: "counter", contains: "default" },
  iteration_duration: { type: "trend", contains: "time" },
} as const satisfies Record<string, { type: MetricType; contains: Contains }>;
type K6MetricName = keyof typeof K6_METRICS;

/** A metric under k6's name for it: those of the lab's own that k6 has as well are called alike (`dropped_iterations`). */
export type ExportedMetric = {
  name: MetricName | K6MetricName;
  type: MetricType;
  contains: Contains;
  thresholds: readonly OneThreshold[];
};

/** One sample. `at`: Unix ms. */
export type Sample = {
  metric: ExportedMetric["name"];
  at: number;
  value: number;
  tags: Readonly<Record<string, string>>;
};

/** Every metric that a run has samples of, in the order of their names' list, with the thresholds of its scenarios. */
export function exportedMetrics(events: readonly RunEvent[], samples: readonly Sample[]): ExportedMetric[] {
  const used = new Set(samples.map(({ metric }) => metric));
  const own = (Object.keys(METRICS) as MetricName[]).map((name): ExportedMetric => {
    const { type, unit } = METRICS[name];
    return { name, type, contains: unit === "ms" ? "time" : "default", thresholds: thresholdsOf(name, events) };
  });
  const k6 = (Object.keys(K6_METRICS) as K6MetricName[]).map((name) => ({ name, ...K6_METRICS[name], thresholds: [] }));
  return [...own, ...k6].filter(({ name }) => used.has(name));
}

function thresholdsOf(metric: MetricName, events: readonly RunEvent[]): OneThreshold[] {
  const all = events.flatMap((event) => {
    if (event.type !== "scenario_started" || isGrid(event.definition)) return [];
    const own: Partial<Record<MetricName, OneThreshold[]>> = event.definition.thresholds ?? {};
    return own[metric] ?? [];
  });
  const texts = new Map(all.map((threshold) => [JSON.stringify(threshold), threshold]));
  return [...texts.values()];
}

/** A run's samples in the order of its log. */
export function samplesOf(events: readonly RunEvent[]): Sample[] {
  const startedAt = new Map<string, number>();
  const samples: Sample[] = [];
  for (const event of events) {
    switch (event.type) {
      case "session_started":
        startedAt.set(`${event.scenario} ${event.session}`, event.at);
        samples.push({ metric: "sessions", at: event.at, value: 1, tags: { scenario: event.scenario } });
        break;
      case "session_finished":
        // Not all in one call: a long session has more packets than a function may have arguments.
        for (const one of sessionSamples(event, startedAt.get(`${event.scenario} ${event.session}`))) samples.push(one);
        break;
      case "ice_servers_fetched": {
        const tags = { scenario: event.scenario };
        if (event.source === "api") samples.push({ metric: "ice_servers_fetches", at: event.at, value: 1, tags });
        if (event.source === "api" && event.fetchMs !== null)
          samples.push({ metric: "ice_servers_fetch_time", at: event.at, value: event.fetchMs, tags });
        break;
      }
      case "iterations_dropped":
        samples.push({
          metric: "dropped_iterations",
          at: event.at,
          value: event.count,
          tags: { scenario: event.scenario, reason: event.reason },
        });
        break;
    }
  }
  return samples;
}

const OF_CONNECTED = ["connect_time", "ice_time", "dtls_time", "first_data_time"] as const;

function sessionSamples(event: SessionFinished, startedAt: number | undefined): Sample[] {
  const { at, scenario, vu, iteration, outcome, dropped, timings, path, pair, failure, peers, messagesSkipped } = event;
  const isConnected = outcome === "connected";
  const tags = {
    scenario,
    vu: String(vu),
    iter: String(iteration),
    ...(path === null ? {} : { path }),
    ...(pair === null ? {} : { pair }),
    ...(failure === null ? {} : { failure: failure.code }),
    ...(event.cell ? { row: event.cell.row, column: event.cell.column } : {}),
  };
  const sample = (metric: Sample["metric"], value: number): Sample => ({ metric, at, value, tags });
  const times = OF_CONNECTED.flatMap((name) => {
    const value = timings[name];
    return isConnected && value !== null ? [sample(name, value)] : [];
  });
  const [sent, received] = (["messagesSent", "messagesReceived"] as const).map((key) =>
    Object.values(peers).reduce((sum, peer) => sum + peer[key], 0),
  );
  return [
    sample("session_success", isConnected && !dropped ? 1 : 0),
    ...times,
    ...(timings.gather_time === null ? [] : [sample("gather_time", timings.gather_time)]),
    ...timings.turn_allocate_time.map((value) => sample("turn_allocate_time", value)),
    // A rate of k6 takes a sample as a hit or none: of messages and packets there is one for each.
    ...(isConnected ? hitsOf(sample, "message_delivery", sent ?? 0, received ?? 0) : []),
    ...(isConnected ? rtpStreams(event).flatMap((one) => hitsOf(sample, "rtp_delivery", one.sent, one.received)) : []),
    ...(isConnected ? jitters(event).map((value) => sample("rtp_jitter", value)) : []),
    sample("dropped_sessions", isConnected && dropped ? 1 : 0),
    sample("skipped_messages", messagesSkipped),
    sample("skipped_packets", skippedPackets(event)),
    sample("iterations", 1),
    ...(startedAt === undefined ? [] : [sample("iteration_duration", at - startedAt)]),
  ];
}

function hitsOf(
  sample: (metric: Sample["metric"], value: number) => Sample,
  metric: "message_delivery" | "rtp_delivery",
  sent: number,
  received: number,
): Sample[] {
  return Array.from({ length: sent }, (_, index) => sample(metric, index < received ? 1 : 0));
}
