/** Every metric family that is exported, as data: the dashboard and the alerts are held against it. */

/** Base units, as OpenMetrics and Prometheus name them. A ratio is 0 to 1; of CPU 1 is one core. */
type Unit = "seconds" | "bytes" | "ratio";

export type Family = {
  /** OpenMetrics' types. `info` is a gauge of 1 where the text format 0.0.4 has none. */
  type: "counter" | "gauge" | "histogram" | "info";
  unit?: Unit;
  /** Without `"`, `\` and line breaks, which the two formats escape differently. */
  help: string;
  labels: readonly string[];
  /** Upper bounds of a histogram, ascending, without +Inf. */
  buckets?: readonly number[];
};

/** Around the target of 5 s, which is a bound itself, so that the share below it is exact; ICE's own timers are 0.5 s to 40 s. */
const CONNECT_BUCKETS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 4.5, 5, 5.5, 6, 8, 10, 15, 20, 30, 45, 60] as const;
const STAGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 20, 40] as const;
/** A packet that needs 2 s counts as lost. */
const ROUND_TRIP_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2] as const;

const SERVER = ["scenario", "server"] as const;
const CLIENT = ["scenario", "transport"] as const;

/** Names as in OpenMetrics: without the `_total` of a counter and the `_info` of an info. */
export const FAMILIES = {
  turnlab_build: { type: "info", help: "What runs: the versions of turnlab and of Node.", labels: ["version", "node"] },
  turnlab_run: { type: "info", help: "The run, by the name of its folder.", labels: ["run"] },
  turnlab_engine: {
    type: "info",
    help: "The container engine and its machine.",
    labels: ["version", "kernel", "architecture", "cgroup"],
  },
  turnlab_turn_server: {
    type: "info",
    help: "What a TURN server runs from, and the version that it says of itself.",
    labels: [...SERVER, "image", "version"],
  },
  turnlab_browser: {
    type: "info",
    help: "The browser of a peer.",
    labels: ["scenario", "peer", "engine", "version"],
  },
  turnlab_scenario: {
    type: "info",
    help: "What a scenario is (sessions, grid, clients) and expects of its sessions: success, failure, or cells that each have their own.",
    labels: ["scenario", "kind", "expects"],
  },

  turnlab_run_start_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "When the run began, in Unix time.",
    labels: [],
  },
  turnlab_run_end_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "When the run ended, in Unix time; not there before.",
    labels: [],
  },
  turnlab_last_event_timestamp_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "When the run last had something to tell, in Unix time.",
    labels: [],
  },
  turnlab_run_status: {
    type: "gauge",
    help: "1 for what the run is: running, passed, failed, errored or interrupted.",
    labels: ["status"],
  },
  turnlab_scenario_status: {
    type: "gauge",
    help: "1 for what a scenario is: waiting, running, passed, failed, no_data, errored or skipped.",
    labels: ["scenario", "status"],
  },
  turnlab_threshold_target: {
    type: "gauge",
    help: "What a threshold asks for, in the base unit of its metric: seconds of times, 0 to 1 of rates.",
    labels: ["scenario", "metric", "expression"],
  },
  turnlab_threshold_observed: {
    type: "gauge",
    help: "What a threshold saw at the end of its scenario, in the unit of its target; not there without samples.",
    labels: ["scenario", "metric", "expression"],
  },
  turnlab_threshold_verdict: {
    type: "gauge",
    help: "1 for what a threshold came to at the end of its scenario: passed, failed or no_data.",
    labels: ["scenario", "metric", "expression", "verdict"],
  },
  turnlab_target_success_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "The share of sessions that have to succeed in a scenario, where it says so.",
    labels: ["scenario"],
  },
  turnlab_target_connect_time_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "What the 95th percentile of the connect time has to stay under in a scenario, where it says so.",
    labels: ["scenario"],
  },
  turnlab_grid_cells: {
    type: "gauge",
    help: "Cells of a grid by what they came to, known at its end.",
    labels: ["scenario", "status"],
  },

  turnlab_sessions_started: { type: "counter", help: "Sessions started.", labels: ["scenario"] },
  turnlab_sessions_finished: {
    type: "counter",
    help: "Sessions finished: connected to their planned end, dropped before it, or failed to connect; path is none of the failed.",
    labels: ["scenario", "outcome", "path"],
  },
  turnlab_session_failures: {
    type: "counter",
    help: "Sessions that failed or were dropped, by failure code.",
    labels: ["scenario", "failure"],
  },
  turnlab_session_diagnoses: {
    type: "counter",
    help: "Sessions that failed or were dropped, by the cause that was found, or unknown.",
    labels: ["scenario", "cause"],
  },
  turnlab_session_violations: {
    type: "counter",
    help: "Expectations that sessions did not meet.",
    labels: ["scenario", "violation"],
  },
  turnlab_sessions_open: { type: "gauge", help: "Sessions under way.", labels: ["scenario"] },
  turnlab_session_success_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "Share of the finished sessions that connected and lasted to their planned end; not there without any, and of grids.",
    labels: ["scenario"],
  },
  turnlab_session_success_interval_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "The 95 % Wilson interval of that share, by bound: lower, upper.",
    labels: ["scenario", "bound"],
  },
  turnlab_connect_time_seconds: {
    type: "histogram",
    unit: "seconds",
    help: "From setting out to join until data can flow at both ends, of sessions that connected; of raw TURN clients until bound.",
    labels: ["scenario", "path"],
    buckets: CONNECT_BUCKETS,
  },
  turnlab_stage_time_seconds: {
    type: "histogram",
    unit: "seconds",
    help: "Stages of setting up: ice_servers_fetch, gather, turn_allocate, ice, dtls, first_data. They overlap and do not add up.",
    labels: ["scenario", "stage"],
    buckets: STAGE_BUCKETS,
  },
  turnlab_relay_gatherings: {
    type: "counter",
    help: "Peers that were given TURN URLs, by whether they came to a relay candidate: relayed, failed, or unfinished when the session ended.",
    labels: ["scenario", "outcome"],
  },
  turnlab_turn_urls: {
    type: "counter",
    help: "TURN URLs as peers tried them: ok, failed with a code, or unfinished.",
    labels: ["scenario", "transport", "outcome", "failure"],
  },
  turnlab_ice_servers_fetches: {
    type: "counter",
    help: "Lists of ICE servers that were asked of an API, by outcome: ok, failed.",
    labels: ["scenario", "api", "outcome"],
  },
  turnlab_silences: {
    type: "counter",
    help: "Times at which a session heard nothing from the far peer any more.",
    labels: ["scenario"],
  },
  turnlab_recoveries: {
    type: "counter",
    help: "Silences after which data flowed again, in the same session or in one made in its place.",
    labels: ["scenario"],
  },
  turnlab_recovery_time_seconds: {
    type: "histogram",
    unit: "seconds",
    help: "From the last data before a silence until data flowed again.",
    labels: ["scenario"],
    buckets: CONNECT_BUCKETS,
  },
  turnlab_reconnects: {
    type: "counter",
    help: "Attempts to reconnect: ICE restarts, and calls made in place of one that had fallen silent (new_call).",
    labels: ["scenario", "kind"],
  },
  turnlab_messages: {
    type: "counter",
    help: "Messages of connected sessions, both directions: sent, received; and skipped in all sessions, because the lab was busy.",
    labels: ["scenario", "result"],
  },
  turnlab_rtp_packets: {
    type: "counter",
    help: "RTP packets of connected sessions, all streams: sent, received; and skipped in all sessions, because the lab was busy.",
    labels: ["scenario", "result"],
  },
  turnlab_iterations_dropped: {
    type: "counter",
    help: "Iterations that the load could not start, by why.",
    labels: ["scenario", "reason"],
  },
  turnlab_lab_changes: {
    type: "counter",
    help: "Changes of the lab in mid-run that a scenario asked for and that were made.",
    labels: ["scenario"],
  },

  turnlab_turn_server_cpu_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "CPU of a TURN server, 1 is one core.",
    labels: SERVER,
  },
  turnlab_turn_server_memory_bytes: {
    type: "gauge",
    unit: "bytes",
    help: "Memory of a TURN server.",
    labels: SERVER,
  },
  turnlab_turn_server_allocations: {
    type: "gauge",
    help: "Relay sockets open at a TURN server.",
    labels: SERVER,
  },
  turnlab_turn_server_network_bytes: {
    type: "counter",
    unit: "bytes",
    help: "Bytes on a TURN server's wires since its second sample: receive, transmit.",
    labels: [...SERVER, "direction"],
  },
  turnlab_turn_server_network_packets: {
    type: "counter",
    help: "Packets on a TURN server's wires since its second sample: receive, transmit.",
    labels: [...SERVER, "direction"],
  },
  turnlab_turn_server_udp_receive_buffer_errors: {
    type: "counter",
    help: "UDP datagrams that a TURN server's kernel dropped since its sockets were full.",
    labels: SERVER,
  },
  turnlab_turn_server_relayed_bytes: {
    type: "counter",
    unit: "bytes",
    help: "What coturn says that it relayed from and to TURN peers, in sessions that ended; read once, after the load.",
    labels: [...SERVER, "direction"],
  },
  turnlab_turn_server_relayed_packets: {
    type: "counter",
    help: "What coturn says that it relayed from and to TURN peers, in sessions that ended; read once, after the load.",
    labels: [...SERVER, "direction"],
  },
  turnlab_turn_server_cpu_peak_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "The most CPU that a TURN server took, 1 is one core; known at the end of its scenario.",
    labels: SERVER,
  },
  turnlab_turn_server_memory_peak_bytes: {
    type: "gauge",
    unit: "bytes",
    help: "The most memory that a TURN server took; known at the end of its scenario.",
    labels: SERVER,
  },
  turnlab_turn_server_allocations_peak: {
    type: "gauge",
    help: "The most relay sockets that a TURN server had open; known at the end of its scenario.",
    labels: SERVER,
  },
  turnlab_allocations_cut: {
    type: "counter",
    help: "Allocations that ended at the expiry of their credential.",
    labels: SERVER,
  },
  turnlab_process_cpu_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "CPU of the harness and of each peer, 1 is one core.",
    labels: ["scenario", "process"],
  },
  turnlab_process_memory_bytes: {
    type: "gauge",
    unit: "bytes",
    help: "Memory of the harness and of each peer.",
    labels: ["scenario", "process"],
  },
  turnlab_container_deaths: {
    type: "counter",
    help: "Containers that ended although nobody had told them to.",
    labels: ["scenario", "node"],
  },

  turnlab_clients_started: { type: "counter", help: "Iterations of raw TURN clients begun.", labels: CLIENT },
  turnlab_clients_allocated: {
    type: "counter",
    help: "Iterations of raw TURN clients that came to be held.",
    labels: CLIENT,
  },
  turnlab_clients_finished: {
    type: "counter",
    help: "Iterations of raw TURN clients over: ended as planned, failed, lost while held, or interrupted.",
    labels: [...CLIENT, "outcome"],
  },
  turnlab_client_failures: {
    type: "counter",
    help: "Iterations of raw TURN clients that failed or were lost, by code.",
    labels: [...CLIENT, "failure"],
  },
  turnlab_clients_held: { type: "gauge", help: "Raw TURN clients that hold an allocation.", labels: CLIENT },
  turnlab_client_packets: {
    type: "counter",
    help: "Packets of raw TURN clients: sent, received back within 2 s, lost, and skipped because the generator was busy.",
    labels: [...CLIENT, "result"],
  },
  turnlab_client_bytes: {
    type: "counter",
    unit: "bytes",
    help: "Application data of raw TURN clients: sent, received back.",
    labels: [...CLIENT, "result"],
  },
  turnlab_client_round_trip_seconds: {
    type: "histogram",
    unit: "seconds",
    help: "Of raw TURN clients: per packet that came back, from when it was due.",
    labels: CLIENT,
    buckets: ROUND_TRIP_BUCKETS,
  },
  turnlab_generator_cpu_ratio: {
    type: "gauge",
    unit: "ratio",
    help: "CPU of the process of the raw TURN clients, and of its busiest worker, which binds at 1.",
    labels: ["scenario", "of"],
  },
} as const satisfies Record<string, Family>;

export type FamilyName = keyof typeof FAMILIES;
export type NamesOfType<T extends Family["type"]> = {
  [N in FamilyName]: (typeof FAMILIES)[N]["type"] extends T ? N : never;
}[FamilyName];
export type LabelsOf<N extends FamilyName> = Readonly<Record<(typeof FAMILIES)[N]["labels"][number], string>>;

/** The names of a family's samples, in both formats. */
export function sampleNames(name: FamilyName): string[] {
  const { type } = FAMILIES[name];
  if (type === "counter") return [`${name}_total`];
  if (type === "info") return [`${name}_info`];
  return type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
