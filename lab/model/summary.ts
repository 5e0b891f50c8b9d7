import type { Agreement } from "./agreement.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { PeerEngine } from "./engine.ts";
import type { EventOf } from "./events.ts";
import type { FailureCode, ViolationCode } from "./failure.ts";
import type { GridCell } from "./grid.ts";
import type { PathClass } from "./ice.ts";
import type { MediaKind } from "./load.ts";
import type { MetricName, Statistics, TrendName } from "./metrics.ts";
import type { ObservedNat, RouterBehaviour } from "./observed-nat.ts";
import type { UplinkTraffic } from "./outside-server.ts";
import type { Change, Role } from "./scenario.ts";
import type { Tags } from "./tags.ts";
import type { ThresholdKey } from "./thresholds.ts";

/** summary.json. These keys are a contract with other programs; more may stand beside them. */
export const SUMMARY_SCHEMA_VERSION = 1;

export type RunStatus = "passed" | "failed" | "errored" | "interrupted";
export type ScenarioStatus = "passed" | "failed" | "no_data" | "errored" | "skipped";

export type ThresholdResult = {
  /** As the scenario names it: of a sub-metric with its tags. */
  metric: ThresholdKey;
  expression: string;
  observed: number | null;
  verdict: "passed" | "failed" | "no_data";
};

/** The samples of a metric that have some tags. Null, and 0 of a count: there were none. */
export type SubmetricSummary = { metric: MetricName; tags: Tags } & (
  | { type: "trend"; statistics: Statistics }
  | { type: "rate"; value: number | null; hits: number; total: number }
  | { type: "counter"; count: number | null }
);

export type ServerStatistics = {
  /** What it ran from; null in logs that do not say, and where the lab did not come that far. */
  image: { reference: string; id: string; digest: string | null } | null;
  /** Of the coturn in it; null where it is not known, and of a server that is not coturn. */
  version: string | null;
  cpuPercent: Statistics;
  memoryBytes: Statistics;
  rxBitsPerSecond: Statistics;
  txBitsPerSecond: Statistics;
  rxPacketsPerSecond: Statistics;
  txPacketsPerSecond: Statistics;
  allocations: Statistics;
  /** Total at the last sample. */
  udpReceiveBufferErrors: number | null;
  /**
   * What coturn itself counted from before the load until after it, by Prometheus names, labels added up; null where it has
   * no endpoint, or that did not answer. A gauge (`turn_total_allocations`) is what there is more of than before.
   */
  prometheus: Record<string, number> | null;
  /** Why there is nothing although the server was told to have an endpoint, or since when it counts; else null. */
  prometheusNote: string | null;
};

/** What came after a change in mid-run, until the next one. */
export type Aftermath = {
  /** Finished sessions that were under way when it was made. */
  underWay: number;
  /** Those of them that fell silent, were dropped, or failed to connect. */
  hit: number;
  /** Those of the hit in which, or in whose place, data flowed again. */
  recovered: number;
  recoveryTime: Statistics;
  /** From the change until the first call that was started after it had connected. Null: none did. */
  nextConnectedAfterMs: number | null;
};

/** Which stack a peer runs on, and what its calls took. */
export type PeerSummary = {
  engine: PeerEngine;
  /**
   * Of a browser that was ready; else null. `readyMs`: from the start of its container to its first readiness. `starts`: how
   * often it was ready, more than once where it had to be started again.
   */
  browser: { version: string; mdns: boolean; readyMs: number; starts: number } | null;
  /** With `--capture`, a browser's dump of its calls: its file in the run's folder, and what it lacks; else null. */
  dump: { file: string | null; note: string | null } | null;
  /** Host candidates that it told in finished sessions: by mDNS names, and by addresses. */
  hostCandidates: { names: number; addresses: number };
  /**
   * Of all processes in its container. `beforeBytes`: when the load was about to begin. `atOnce`: the most sessions that were
   * under way together. `perSessionBytes`: what the peak is above `beforeBytes`, for each of those. Null where it was not sampled
   * or had no session.
   */
  memory: { beforeBytes: number; peakBytes: number; atOnce: number; perSessionBytes: number } | null;
};

/** What came of one kind of media at one end, in all connected sessions together. */
export type MediaSummary = {
  receiver: Role;
  kind: MediaKind;
  sessions: number;
  /** Of `traffic.packets`; null: not known of a browser's own tracks. */
  packetsSent: number | null;
  packetsSkipped: number | null;
  packetsReceived: number;
  packetsLost: number;
  packetsReordered: number | null;
  bytesReceived: number;
  jitterMs: Statistics;
  /** Of payloads, from a session's first packet to its last. */
  kilobitsPerSecond: Statistics | null;
  /** Video only. */
  framesDecoded: number | null;
};

/**
 * What a load of raw TURN clients came to; counts are of iterations, those of `sessions`. Rates are of stretches of 250 ms in which
 * there was something to count.
 */
export type AllocationSummary = {
  started: number;
  /** Came to be held. */
  allocated: number;
  /** Held until their planned end, and told to leave before it. */
  ended: number;
  interrupted: number;
  /** Iterations that came to nothing, and that were lost while they were held; by code. */
  failures: Record<string, number>;
  losses: Record<string, number>;
  /** At once. Null: nothing was measured. */
  mostHeld: number | null;
  /** From the first that set out until the last that came to be held. Null: none did. */
  arrival: { allocated: number; durationMs: number } | null;
  /** `skipped`: due, and not sent in time because the generator was busy; no part of `sent`, and no loss. */
  packets: { sent: number; received: number; lost: number; skipped: number };
  /** Packets and bits of application data. */
  sentPerSecond: Statistics;
  bitsPerSecond: Statistics;
  /**
   * The process of the clients. 100 is one core, and what the busiest of its workers binds at; `workerWaitPercent`: time in which one had
   * something to do, and others had the cores.
   */
  generator: {
    cpuPercent: Statistics;
    busiestWorkerPercent: Statistics;
    workerWaitPercent: Statistics;
    memoryBytes: Statistics;
    /** Datagrams that its own sockets had no room for: lost there, not in the server. */
    receiveBufferErrors: number | null;
  };
};

/** What each end did in a session, in a handful of lines. */
export type Course = Partial<Record<Role, string[]>>;

export type ScenarioSummary = {
  name: string;
  description: string;
  status: ScenarioStatus;
  /** Why the scenario errored, was skipped or has no verdict, or how a server failed that had to; null otherwise. */
  reason: string | null;
  durationMs: number | null;
  /**
   * By a threshold with `abortOnFail`: metric, expression and what was observed; `afterMs`: after the lab was up, null where the log does not
   * say. Such a load has failed. Null: it was not.
   */
  endedEarly: { threshold: string; afterMs: number | null } | null;
  expectedPath: PathClass | "none" | null;
  /** What every session must fail with, or, beside a path, be dropped with. */
  expectedFailure: FailureCode | null;
  /** Of a grid: what each cell must come to and came to; else null. */
  cells: GridCell[] | null;
  /** Of a load of raw TURN clients; else null. */
  allocations: AllocationSummary | null;
  /** Of a grid: the networks that its rows and columns are named for; else null. */
  legend: { label: string; description: string }[] | null;
  sessions: { started: number; connected: number; failed: number; dropped: number };
  /**
   * Share of finished sessions that connected, dropped later or not, with its 95 % Wilson interval. Null in a grid:
   * its calls are not samples of one thing, and some must fail.
   */
  successRate: { value: number | null; ci95: [number, number] | null };
  metrics: Record<TrendName, Statistics>;
  /** Those that a threshold names, by its words: `connect_time{path:relayed}`. Mostly none. */
  submetrics: Record<string, SubmetricSummary>;
  /** Finished sessions without a `gather_time`: they ended before every server had answered. The slow ones, mostly. */
  unfinishedGathers: number;
  /**
   * `sent`, `received`: in connected sessions. `skipped`: not sent in time because the lab was busy, in all finished
   * sessions; not part of `sent`, and no loss.
   */
  messageDelivery: { sent: number; received: number; skipped: number };
  droppedIterations: number;
  paths: Record<PathClass, number>;
  pairs: Record<string, number>;
  failures: Partial<Record<FailureCode, number>>;
  /** What sessions that failed or were dropped were diagnosed as. Those of which nothing could be concluded are in none. */
  causes: Partial<Record<FailureCode, number>>;
  violations: Partial<Record<ViolationCode, number>>;
  /** Calls that stayed on the first pair that worked, by the engine whose way that is; not among the violations. */
  firstPairs: { engine: PeerEngine; sessions: number } | null;
  /**
   * The first sessions that failed or broke an expectation, at most 10. `diagnosis`: of a failure, why; null where nothing
   * could be concluded, and where nobody looked. `course`: in a failed or dropped session, where its timeline is in the log.
   */
  examples: {
    session: number;
    code: FailureCode | ViolationCode;
    message: string;
    diagnosis: Diagnosis | null;
    course?: Course;
  }[];
  /** Null for a server outside of the lab, whose load cannot be seen. */
  turnServers: Record<string, ServerStatistics | null>;
  /** By server: turnserver.conf files of the user's, and what the lab added to them or did otherwise. */
  turnConfigs: Record<
    string,
    Pick<EventOf<"turn_config_read">, "file" | "lines" | "filled" | "supplied" | "overridden" | "warnings">
  >;
  /** `isLifetimeOpen`: calls outlast its mappings as they are meant to be, and how long those live was not measured. */
  routers: Record<
    string,
    { expected: RouterBehaviour; observed: ObservedNat; mismatches: string[]; isLifetimeOpen: boolean }
  >;
  /**
   * Where lists came from, by API. `fetched` and `failed` are what `ice_servers_fetches` counts; `statuses` are those of
   * the last answers, `none` where there was none.
   */
  iceServerApis: Record<
    string,
    { fetched: number; failed: number; cached: number; shared: number; statuses: Record<string, number> }
  >;
  /** Allocations ended at the expiry of their credential, by server. */
  allocationsCut: Record<string, number>;
  /** Files in the run's folder for others to look at: captures, keys, routers' rules, servers' logs; and what is not there. */
  evidence: Omit<EventOf<"evidence_kept">, "type" | "at" | "scenario">[];
  /** What routers, and hubs in front of servers, did not let pass while the load ran; only those that dropped something. */
  dropped: Record<string, Pick<EventOf<"router_counted">, "dropped" | "tooBig">>;
  /** Wires with conditions of their own, each direction, as measured before the load. */
  links: Omit<EventOf<"link_measured">, "type" | "at" | "scenario" | "durationMs">[];
  /** Times at which finished sessions heard nothing from the far peer any more, and after how many of them data flowed again. */
  silences: { total: number; recovered: number };
  /**
   * What the scenario changes in mid-run, and when it happened, in ms from the start of the load; null: it ended before.
   * `aftermath`: what it did to the calls; null where it was not made.
   */
  changes: { change: Change; atMs: number | null; aftermath: Aftermath | null }[];
  /** Containers that ended although nobody had told them to. */
  containerDeaths: { node: string; exitCode: number | null; oomKilled: boolean }[];
  /** CPU (100 is one core) and memory of the harness and of each peer. */
  lab: Record<string, { cpuPercent: Statistics; memoryBytes: Statistics }>;
  /** By name. Empty where the scenario never started. */
  peers: Record<string, PeerSummary>;
  /** Empty where calls carry no media. */
  media: MediaSummary[];
  thresholds: ThresholdResult[];
};

/** A deployed server that the run tested, and what went to it out of all labs together. */
export type UplinkSummary = {
  host: string;
  /** Where the engine's machine reached it. */
  address: string;
  ports: UplinkTraffic[];
  flows: number;
  /** Flows that the uplink's limits kept from beginning. */
  refused: number;
  bytes: { out: number; in: number };
  /** What went wrong last on the way to it, in the words of the machine's system. */
  lastError: string | null;
};

export type Summary = {
  schemaVersion: typeof SUMMARY_SCHEMA_VERSION;
  runId: string;
  status: RunStatus;
  startedAt: string;
  durationMs: number | null;
  harness: { turnlab: string; node: string; cpus: number };
  engine: { version: string; kernel: string; cpus: number };
  /** Null where no packet could leave a lab, as in every run without `--turn-url`. */
  uplink: UplinkSummary | null;
  scenarios: ScenarioSummary[];
  /** Grids that ran with more than one engine, cell by cell; mostly none. */
  agreement: Agreement[];
};

/** Exit codes, the same numbers as k6 (errext/exitcodes). */
export const EXIT = { passed: 0, labBroke: 1, failed: 99, invalidInput: 104, interrupted: 105 } as const;

export function exitCodeOf(status: RunStatus): number {
  if (status === "errored") return EXIT.labBroke;
  if (status === "interrupted") return EXIT.interrupted;
  return status === "failed" ? EXIT.failed : EXIT.passed;
}
