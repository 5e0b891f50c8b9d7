import type { AllocationMeasure } from "./allocation-measure.ts";
import type { CapacityStep, MachineSize } from "./capacity.ts";
import type { PlanAsk, PriceTable } from "./capacity-plan.ts";
import type { CapacityEnd, CapacityServer, Rescaling } from "./capacity-report.ts";
import type { SearchAsk, SearchEnd } from "./capacity-search.ts";
import type { CheckFinding } from "./check.ts";
import type { Diagnosis } from "./diagnosis.ts";
import type { PeerEngine } from "./engine.ts";
import type { FailureCode, ViolationCode } from "./failure.ts";
import type { GateCell, GateEnd, GateLayer, GateRound, GateServer, GateSide } from "./gate.ts";
import type { GateProfile } from "./gate-profile.ts";
import type { AnyScenario, CellPlace, CellPlan } from "./grid.ts";
import type { Candidate, CandidateType, PathClass, TurnTransport } from "./ice.ts";
import type { AskedLink, MeasuredLink } from "./link.ts";
import type { MediaKind } from "./load.ts";
import type { ObservedNat, RouterBehaviour } from "./observed-nat.ts";
import type { UplinkPort, UplinkTraffic } from "./outside-server.ts";
import type { ProbeResult } from "./probe.ts";
import type { Change, Role } from "./scenario.ts";
import type { PeerTimeline } from "./timeline.ts";

/**
 * run.jsonl: one event a line, appended as it happens. Summary and reports are pure functions of it.
 * Times: `at` is Unix milliseconds on the harness; everything named `...Ms` or `..._time` is a duration in ms.
 */
export const LOG_SCHEMA_VERSION = 1;

/** When a peer's statistics were taken. */
export type StatsMoment = "connected" | "ended";

export type NodeRole = "core" | "router" | "turn" | "peer" | "fabric";
export type NodeInfo = {
  name: string;
  role: NodeRole;
  containerId: string;
  interfaces: { name: string; addresses: string[] }[];
};

/** One ICE server URL as one peer tried it. */
export type UrlReport = {
  url: string;
  outcome: "ok" | "failed" | "unfinished";
  /** Milliseconds until the answer or the error; null when unfinished. */
  durationMs: number | null;
  failure?: { code: FailureCode; message: string };
};

export type PeerReport = {
  candidates: Candidate[];
  urls: UrlReport[];
  /** As this peer sees it: its own base candidate, and the address it sends to. */
  selectedPair: { local: Candidate; remote: Candidate } | null;
  /** The TURN URL and transport of the selected local candidate, where it is a relay. */
  selectedUrl: string | null;
  selectedTransport: TurnTransport | null;
  messagesSent: number;
  messagesReceived: number;
  /** Of each kind that the call carries: what came from the far peer. Absent: it carries none. */
  media?: MediaReceived[];
  /** Of each stream of `traffic.packets`: what this peer sent. */
  mediaSent?: MediaSent[];
  /** What this peer says went wrong, if anything. */
  failure: { code: FailureCode; message: string } | null;
};

/** What was sent of one stream of `traffic.packets`, by W3C webrtc-stats' outbound-rtp where that has it. */
export type MediaSent = {
  kind: MediaKind;
  packetsSent: number;
  /** Payloads, without RTP's headers. */
  bytesSent: number;
  /** Packets that were due and not sent, because the lab was busy: load not produced. */
  packetsSkipped: number;
};

/**
 * What arrived of one track, by W3C webrtc-stats' inbound-rtp where that has it. Of `traffic.packets` a packet counts once
 * however often it arrives, and `packetsLost` is all that the far peer sent and that did not, where it said how many that were.
 */
export type MediaReceived = {
  kind: MediaKind;
  packetsReceived: number;
  /** RFC 3550 section 6.4.1. */
  packetsLost: number;
  /** Payloads, without RTP's headers. */
  bytesReceived: number;
  /** Milliseconds; RFC 3550 section 6.4.1. */
  jitterMs: number | null;
  /** Of `traffic.packets`: those that came after one that was sent later. */
  packetsReordered?: number;
  /** Of `traffic.packets`: from the first packet's arrival to the last one's; null: fewer than two arrived. */
  receivedForMs?: number | null;
  /** Video only. */
  framesDecoded: number | null;
};

export type SessionTimings = {
  connect_time: number | null;
  gather_time: number | null;
  ice_time: number | null;
  dtls_time: number | null;
  first_data_time: number | null;
  /** One per TURN URL that gave a relayed address, of both peers. */
  turn_allocate_time: number[];
  /** Whose each of them was, and over what, in the same order. Absent in logs of before. */
  turn_allocate_of?: { role: Role; transport: TurnTransport | null }[];
};

/** One silence of a session, or one ICE restart that nobody's silence was the reason of. Durations count from `at`. */
export type SessionRecovery = {
  /** Unix milliseconds on the harness: when the last data before the silence arrived, else when the restart began. */
  at: number;
  isSilence: boolean;
  /** Until the first end noticed. Null: none did. */
  noticedAfterMs: number | null;
  /** Until an ICE restart began. Null: none did. */
  restartedAfterMs: number | null;
  /** Until both ends had selected the last pair of a restart. Null: they did not. */
  selectedAfterMs: number | null;
  /** Until data arrived again at every end that had heard nothing. Null: it did not, or there was no silence. */
  recoveredAfterMs: number | null;
  pairBefore: Pair | null;
  pairAfter: Pair | null;
  /** The TURN URL of each end's selected candidate, where it is a relay. */
  urlBefore: Record<Role, string | null>;
  urlAfter: Record<Role, string | null>;
};

/** `offerer-answerer`, e.g. `relay-prflx`. */
export type Pair = `${CandidateType}-${CandidateType}`;

export type SessionFinished = {
  type: "session_finished";
  at: number;
  scenario: string;
  session: number;
  vu: number;
  iteration: number;
  /** In a grid: whose call this was. */
  cell?: CellPlace;
  outcome: "connected" | "failed";
  /** Connected, then lost data or consent before its planned end. */
  dropped: boolean;
  failure: { code: FailureCode; message: string } | null;
  /** Of a failed or dropped session: why. Null: nothing could be concluded. Absent in logs of before, and where all went well. */
  diagnosis?: Diagnosis | null;
  /** The first session of the same facts, whose diagnosis this is: it was looked at in this one's place. */
  diagnosedAs?: number;
  /** What coming to a diagnosis took, after the session's end. */
  diagnosisMs?: number;
  /** `by`: that an engine keeps to the first pair that works explains it, in a share of calls (lab/model/engine.ts). */
  violations: { code: ViolationCode; message: string; by?: PeerEngine }[];
  path: PathClass | null;
  pair: Pair | null;
  timings: SessionTimings;
  peers: Record<Role, PeerReport>;
  /** Messages a peer's process could not send in time: the lab's load, not the network's loss. */
  messagesSkipped: number;
  /** Its silences and ICE restarts in order, where it had any. */
  recoveries?: SessionRecovery[];
  /**
   * Made in place of a session that had fallen silent. `recoveredAfterMs`: from the last data of that one until this one's
   * had arrived at both ends; null: it did not.
   */
  replaces?: { session: number; recoveredAfterMs: number | null };
};

export type EngineInfo = {
  version: string;
  apiVersion: string;
  kernel: string;
  os: string;
  architecture: string;
  cgroupVersion: string;
  cpus: number;
  memoryBytes: number;
};

export type ConfigNote = { what: string; why: string };
/** `line`: from 1 on; null where it is the whole file. */
export type ConfigWarning = { line: number | null; expected: string; found: string; hint?: string };

export type RunEvent =
  | {
      type: "run_started";
      schemaVersion: typeof LOG_SCHEMA_VERSION;
      at: number;
      runId: string;
      scenarios: string[];
      harness: { turnlab: string; node: string; cpus: number };
      /** The words of the command line behind `./turnlab`, without secrets. Absent in logs of before. */
      command?: string[];
      /** Null: a gate whose files alone decided it, so that nothing was started. */
      engine: EngineInfo | null;
    }
  | { type: "scenario_started"; at: number; scenario: string; definition: AnyScenario }
  /** What each cell of a grid must come to, computed from the behaviours before anything is built. */
  | { type: "grid_planned"; at: number; scenario: string; cells: CellPlan[] }
  | { type: "lab_up"; at: number; scenario: string; durationMs: number; nodes: NodeInfo[] }
  /** Before the first container is told to end: what dies after this was told to. */
  | { type: "lab_going_down"; at: number; scenario: string }
  | { type: "lab_down"; at: number; scenario: string; durationMs: number }
  | {
      type: "router_probed";
      at: number;
      scenario: string;
      router: string;
      expected: RouterBehaviour;
      observed: ObservedNat;
      mismatches: string[];
      durationMs: number;
    }
  | {
      /** A wire with conditions of its own, measured before the load: asked against got. */
      type: "link_measured";
      at: number;
      scenario: string;
      /** The node at the wire's end. */
      node: string;
      direction: "up" | "down";
      /** What makes the conditions: the kernel's netem, or the lab's own delay line. */
      tool: "netem" | "delay-line";
      asked: AskedLink;
      got: MeasuredLink;
      mismatches: string[];
      durationMs: number;
    }
  | {
      /** A browser waits for its calls. */
      type: "browser_ready";
      at: number;
      scenario: string;
      peer: string;
      engine: PeerEngine;
      /** As the browser says it: `Chromium/156.0.1.2`, `Firefox/153.7.0esr`. */
      version: string;
      /** Whether host candidates are told by mDNS names. */
      mdns: boolean;
      /** From the start of its container. */
      durationMs: number;
    }
  | {
      /** A browser's dump of its calls, as its users send it: `chrome://webrtc-internals`, `about:webrtc`. */
      type: "peer_dumped";
      at: number;
      scenario: string;
      peer: string;
      /** In the run's folder; null: there is none. */
      file: string | null;
      /** Why there is none, or what is not in it. */
      note: string | null;
    }
  | {
      /** What a peer's getStats() says of a session, as it says it (W3C webrtc-stats); credentials are not in it. */
      type: "webrtc_stats";
      at: number;
      scenario: string;
      session: number;
      role: Role;
      moment: StatsMoment;
      stats: Record<string, unknown>[];
    }
  /** From now on peers reach one server outside of the lab, and nothing else there. */
  | {
      type: "uplink_opened";
      at: number;
      scenario: string;
      server: string;
      /** As its URLs name it, where the machine reaches it, and where it stands in the lab. */
      host: string;
      address: string;
      labAddress: string;
      ports: UplinkPort[];
    }
  /** What has gone through it since it was opened; the last one counts. */
  | {
      type: "uplink_counted";
      at: number;
      scenario: string;
      server: string;
      ports: UplinkTraffic[];
      /** What the machine's network, or the server's refusal, last was; null where all went well. */
      lastError: string | null;
    }
  /** Something of the lab was changed in mid-run, as the scenario says; it took `durationMs` until `at`. */
  | { type: "lab_changed"; at: number; scenario: string; change: Change; atMs: number; durationMs?: number }
  | {
      /** A server runs a turnserver.conf of the user's. No secret of it stands here. */
      type: "turn_config_read";
      at: number;
      scenario: string;
      server: string;
      /** As the user named it. */
      file: string;
      /** What the server read of it, without comments and secrets. Absent in logs of before. */
      lines?: string[];
      /** Placeholders that were given a value, by name. */
      filled: string[];
      /** What the file has not and the lab put there. */
      supplied: ConfigNote[];
      /** What the file has and the lab had to do otherwise. */
      overridden: ConfigNote[];
      warnings: ConfigWarning[];
    }
  | {
      /** What a server runs from, before it starts. */
      type: "turn_server_image";
      at: number;
      scenario: string;
      server: string;
      /** As it was named, or the lab's own. */
      reference: string;
      /** The image's, 64 hexadecimal digits. */
      id: string;
      /** `NAME@sha256:…`, where it came from a registry. */
      digest: string | null;
      /** As the image's `turnserver` says; null where it does not, and of a server that is not coturn. */
      version: string | null;
    }
  | {
      type: "turn_server_ready";
      at: number;
      scenario: string;
      server: string;
      publicAddress: string;
      hostname: string;
      /**
       * `blocked`: the server's firewall lets nobody in to it, and it was silent for `durationMs`. `address`: which of
       * the server's, where it has one of each family.
       */
      listeners: {
        transport: TurnTransport;
        port: number;
        answer: "success" | "401" | "blocked";
        durationMs: number;
        address?: string;
      }[];
      durationMs: number;
    }
  | {
      type: "session_started";
      at: number;
      scenario: string;
      session: number;
      vu: number;
      iteration: number;
      cell?: CellPlace;
    }
  | {
      /** One peer's way to the list of one API. Never what the list says: it holds credentials. */
      type: "ice_servers_fetched";
      at: number;
      scenario: string;
      session: number;
      vu: number;
      iteration: number;
      role: Role;
      api: string;
      /** `api`: it was asked. `cache`: it was not. `signalling`: the far peer had told. */
      source: "api" | "cache" | "signalling";
      /** Whether a cache was looked into first. */
      isCacheAsked: boolean;
      outcome: "ok" | "failed";
      /** Of the last answer; null where there was none, or nobody was asked. */
      status: number | null;
      /** From wanting the list until it is there, or is not to come. */
      durationMs: number;
      /** What of it was the API's time; null where it was not asked, or gave nothing. */
      fetchMs: number | null;
      /** TURN servers that the list names, each once. */
      hosts: string[];
      failure: { code: FailureCode; message: string } | null;
      /** Failed, and the policy has other servers for this. */
      isReplaced: boolean;
    }
  | {
      /** Allocations that the lab ended because their credential had expired (`cutsAtExpiry`). */
      type: "allocations_cut";
      at: number;
      scenario: string;
      server: string;
      count: number;
      /** From the expiry until the server said that they are gone. */
      delayMs: number;
    }
  | SessionFinished
  /** What one peer did in a session, step by step; before its `session_finished`. */
  | ({
      type: "session_timeline";
      at: number;
      scenario: string;
      session: number;
      role: Role;
    } & PeerTimeline)
  | {
      /** Something for others to look at, by its name in the run's folder: a capture, keys, rules and counters, a server's log. */
      type: "evidence_kept";
      at: number;
      scenario: string;
      kind: "capture" | "keys" | "rules" | "server-log";
      node: string;
      /** Null: there is none. */
      file: string | null;
      /** Why there is none, or what is not in it. */
      note: string | null;
    }
  | {
      /** What a router, or a hub in front of servers, did not let pass while the load ran. */
      type: "router_counted";
      at: number;
      scenario: string;
      router: string;
      /** By what it was, most first: `udp out 3478`. */
      dropped: { what: string; packets: number }[];
      /** Too large for the next wire, and not to be fragmented. */
      tooBig: number;
      /** Entries of its connection tracking in the end. */
      connections: number;
    }
  | {
      type: "turn_server_sampled";
      at: number;
      scenario: string;
      server: string;
      /** Monotonic milliseconds on the engine's machine: when the counters were read. `at` is when the harness heard. */
      sampledAtMs: number;
      /** 100 is one core. Null in the first sample: rates need two. */
      cpuPercent: number | null;
      memoryBytes: number;
      rxBitsPerSecond: number | null;
      txBitsPerSecond: number | null;
      rxPacketsPerSecond: number | null;
      txPacketsPerSecond: number | null;
      /** Relay sockets open in the server's namespace. */
      allocations: number;
      /** UDP datagrams the kernel dropped because a receive buffer was full, since the lab came up. */
      udpReceiveBufferErrors: number;
    }
  | {
      /** What coturn's own counters say of a load, where it was told to have a Prometheus endpoint. Once, after the load. */
      type: "turn_server_metrics";
      at: number;
      scenario: string;
      server: string;
      /** As it was asked in the server's network namespace. */
      url: string;
      /** By how much each has changed, by its Prometheus name, labels added up. Null: it could not be read, and `note` says why. */
      changes: Record<string, number> | null;
      note: string | null;
    }
  | {
      /** What the lab itself cost, so that nobody mistakes a busy lab for a slow server. */
      type: "lab_sampled";
      at: number;
      scenario: string;
      /** `harness`, the name of a peer, of raw clients or their far peer, or `fabric` where an uplink runs in it. */
      process: string;
      /** As for servers; the harness has a clock of its own. */
      sampledAtMs: number;
      cpuPercent: number | null;
      memoryBytes: number;
    }
  /** A load of raw allocations: what its clients did since the last one, four times a second and once at the end. */
  | ({ type: "allocations_measured"; at: number; scenario: string } & AllocationMeasure)
  | { type: "container_died"; at: number; scenario: string; node: string; exitCode: number | null; oomKilled: boolean }
  | {
      /** A threshold with `abortOnFail` does not hold any more: sessions under way are interrupted, and no more begin. */
      type: "load_aborted";
      at: number;
      scenario: string;
      /** Metric, expression and what was observed. */
      threshold: string;
    }
  | { type: "iterations_dropped"; at: number; scenario: string; count: number; reason: string }
  | {
      type: "scenario_finished";
      at: number;
      scenario: string;
      /**
       * `completed`: the load ran to its end; the verdict is the summary's. `server_failed`: the server under test did
       * not start, did not answer, or died: that is a verdict. `errored`: the lab itself broke, which is none.
       */
      outcome: "completed" | "server_failed" | "errored" | "interrupted" | "skipped";
      /** Why, unless completed. */
      reason: string | null;
      durationMs: number;
    }
  | { type: "run_finished"; at: number; interrupted: boolean; durationMs: number }
  | {
      /**
       * A gate: `run_started` comes before it, with a scenario of each side's name; calls are sessions of these, each with its
       * cell (`table` "gate", `row` the cell's id, `column` its round).
       */
      type: "gate_started";
      at: number;
      strict: boolean;
      /** Layers whose findings decide nothing; absent: none. */
      leftOut?: readonly GateLayer[];
      /** Without secrets. */
      profile: GateProfile;
      cells: GateCell[];
      sides: Partial<
        Record<
          GateSide,
          GateServer & {
            lines: Readonly<Record<string, number>>;
            /** Line by line, a word in the place of each secret, the same for the same one on both sides. Absent in older logs. */
            shown?: readonly string[];
          }
        >
      >;
    }
  | { type: "gate_checked"; at: number; side: GateSide; findings: CheckFinding[]; durationMs: number }
  | { type: "gate_server_up"; at: number; side: GateSide; server: GateServer }
  | { type: "gate_server_failed"; at: number; side: GateSide; reason: string; code: FailureCode | null }
  | { type: "gate_probed"; at: number; side: GateSide; results: ProbeResult[]; durationMs: number }
  | {
      /** What a server that nobody had used took for each allocation, in steps of some allocations, each held until the last. */
      type: "gate_memory_measured";
      at: number;
      side: GateSide;
      bytesPerAllocation: number[];
      allocationsPerStep: number;
    }
  | ({ type: "gate_round_measured"; at: number } & GateRound)
  | { type: "gate_note"; at: number; text: string }
  | {
      type: "gate_finished";
      at: number;
      end: GateEnd;
      /** Of a lab that broke. */
      reason: string | null;
      layerMs: Partial<Record<GateLayer, number>>;
      durationMs: number;
    }
  | {
      /** A capacity run: `run_started` comes before it. */
      type: "capacity_started";
      at: number;
      server: CapacityServer;
      /** To predict, whether they are measured too or not. */
      sizes: MachineSize[];
      plan: PlanAsk | null;
      /** As they were then: the bill can be made again. */
      prices: PriceTable;
      /** Absent: the model stays that of the machine that measured. */
      calibration?: Rescaling;
    }
  /** A search begins; the first is the question. `search`: its name, unique in the run. */
  | { type: "capacity_asked"; at: number; search: string; ask: SearchAsk }
  | { type: "capacity_step"; at: number; search: string; step: CapacityStep }
  | { type: "capacity_decided"; at: number; search: string; end: SearchEnd }
  | { type: "capacity_note"; at: number; text: string }
  | {
      type: "capacity_finished";
      at: number;
      end: CapacityEnd;
      /** Of a lab that broke. */
      reason: string | null;
      durationMs: number;
    };

export type EventType = RunEvent["type"];
export type EventOf<T extends EventType> = Extract<RunEvent, { type: T }>;
