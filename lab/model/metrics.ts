/** The metrics a run measures, their k6 type and unit. Names are part of summary.json's contract. */

export const METRICS = {
  session_success: {
    type: "rate",
    unit: "ratio",
    help: "Finished sessions that connected, moved data both ways and lasted to their planned end; dropped ones count as failures.",
  },
  connect_time: {
    type: "trend",
    unit: "ms",
    help: "From setting out to join until data can flow at both ends; of raw TURN clients from when one was due until its channel is bound.",
  },
  ice_servers_fetch_time: {
    type: "trend",
    unit: "ms",
    help: "Per list that an API gave: from the first request to the whole answer. Requests that failed or timed out have none.",
  },
  gather_time: {
    type: "trend",
    unit: "ms",
    help: "From the start of gathering until every URL has answered or failed (slower peer); sessions that ended before have none.",
  },
  turn_allocate_time: {
    type: "trend",
    unit: "ms",
    help: "Per TURN URL that answered, or per raw TURN client: from first packet to relayed address.",
  },
  ice_time: {
    type: "trend",
    unit: "ms",
    help: "From the first remote description until a pair is selected (slower peer).",
  },
  dtls_time: { type: "trend", unit: "ms", help: "From the selected pair until DTLS is up (slower peer)." },
  first_data_time: {
    type: "trend",
    unit: "ms",
    help: "From setting out to join until both ends have received a message.",
  },
  recovery_time: {
    type: "trend",
    unit: "ms",
    help: "Per silence that ended: from the last data before it until data flows again at both ends, after an ICE restart or in a new call.",
  },
  session_recovered: {
    type: "rate",
    unit: "ratio",
    help: "Silences after which data flowed again at both ends, in the same call or in one made in its place, out of all.",
  },
  message_delivery: {
    type: "rate",
    unit: "ratio",
    help: "Messages received out of messages sent, both directions together, in connected sessions; skipped ones count as neither.",
  },
  rtp_delivery: {
    type: "rate",
    unit: "ratio",
    help: "RTP packets received out of those sent, both directions and all streams together, in connected sessions; of browsers' own tracks, which do not say how many they sent, out of received and packetsLost (RFC 3550 section 6.4.1).",
  },
  rtp_jitter: {
    type: "trend",
    unit: "ms",
    help: "Interarrival jitter (RFC 3550 section 6.4.1) of each stream that a connected session received, at its end.",
  },
  allocation_success: {
    type: "rate",
    unit: "ratio",
    help: "Of raw TURN clients: iterations that came to be held and were not lost before their planned end, out of all that ended or failed.",
  },
  round_trip_time: {
    type: "trend",
    unit: "ms",
    help: "Of raw TURN clients: per packet that came back within 2 s, from when it was due.",
  },
  packet_delivery: {
    type: "rate",
    unit: "ratio",
    help: "Of raw TURN clients: packets that came back within 2 s, out of those that came back or did not; skipped ones count as neither.",
  },
  jitter: {
    type: "trend",
    unit: "ms",
    help: "Of raw TURN clients: mean over all streams that carry packets, four times a second (RFC 3550 section 6.4.1).",
  },
  packets_on_time: {
    type: "rate",
    unit: "ratio",
    help: "Of raw TURN clients: packets sent out of those that were due; the others are load not produced.",
  },
  iterations_begun: {
    type: "rate",
    unit: "ratio",
    help: "Of raw TURN clients: iterations begun out of those that were due; the others are load not produced.",
  },
  ice_servers_fetches: {
    type: "counter",
    unit: "count",
    help: "Lists that were asked of an API, given or not.",
  },
  ice_servers_cache_hits: {
    type: "rate",
    unit: "ratio",
    help: "Lists that came out of a cache out of those looked for there.",
  },
  sessions: {
    type: "counter",
    unit: "count",
    help: "Sessions started, finished or not; of raw TURN clients iterations.",
  },
  dropped_sessions: {
    type: "counter",
    unit: "count",
    help: "Connected sessions that lost data or consent before their planned end; one that recovered is none of them.",
  },
  skipped_messages: {
    type: "counter",
    unit: "count",
    help: "Messages that a peer could not send in time because the lab was busy, in all finished sessions: load not produced.",
  },
  rtp_skipped: {
    type: "counter",
    unit: "count",
    help: "Packets of traffic.packets that a peer could not send in time because the lab was busy, in all finished sessions: load not produced.",
  },
  packets_skipped: {
    type: "counter",
    unit: "count",
    help: "Packets that raw TURN clients could not send in time because the generator was busy: load not produced.",
  },
  dropped_iterations: { type: "counter", unit: "count", help: "Iterations that the load could not start." },
} as const satisfies Record<string, { type: MetricType; unit: string; help: string }>;

export type MetricType = "trend" | "rate" | "counter";
export type MetricName = keyof typeof METRICS;
type NameOf<T extends MetricType> = {
  [N in MetricName]: (typeof METRICS)[N]["type"] extends T ? N : never;
}[MetricName];
export type TrendName = NameOf<"trend">;
export type RateName = NameOf<"rate">;
export type CounterName = NameOf<"counter">;

/** What a load of raw TURN clients is measured by; all others are of sessions, but for those that both have. */
export const ALLOCATION_METRICS: readonly MetricName[] = [
  "allocation_success",
  "connect_time",
  "turn_allocate_time",
  "round_trip_time",
  "packet_delivery",
  "jitter",
  "packets_on_time",
  "iterations_begun",
  "sessions",
  "packets_skipped",
  "dropped_iterations",
];
const OF_BOTH: readonly MetricName[] = ["connect_time", "turn_allocate_time", "sessions", "dropped_iterations"];
export const SESSION_METRICS: readonly MetricName[] = (Object.keys(METRICS) as MetricName[]).filter(
  (name) => OF_BOTH.includes(name) || !ALLOCATION_METRICS.includes(name),
);

/** Statistics of a trend or of a sampled series; every value null when there were no samples. */
export type Statistics = {
  unit: string;
  count: number;
  min: number | null;
  avg: number | null;
  med: number | null;
  "p(90)": number | null;
  "p(95)": number | null;
  "p(99)": number | null;
  max: number | null;
};
