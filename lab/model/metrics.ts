/** The metrics a run measures, their k6 type and unit. Names are part of summary.json's contract. */

export const METRICS = {
  session_success: {
    type: "rate",
    unit: "ratio",
    help: "Finished sessions that connected, moved data both ways and lasted to their planned end; dropped ones count as failures.",
  },
  connect_time: { type: "trend", unit: "ms", help: "From setting out to join until data can flow at both ends." },
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
    help: "Per TURN URL that answered: from first packet to relayed address.",
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
  sessions: { type: "counter", unit: "count", help: "Sessions started, finished or not." },
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
  skipped_packets: {
    type: "counter",
    unit: "count",
    help: "Packets of traffic.packets that a peer could not send in time because the lab was busy, in all finished sessions: load not produced.",
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
