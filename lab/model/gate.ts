import type { CheckFinding, CheckSeverity } from "./check.ts";
import type { FailureCode } from "./failure.ts";
import type { ClientNetwork, GateProfile } from "./gate-profile.ts";
import type { Statistics } from "./metrics.ts";
import type { ProbeResult } from "./probe.ts";

/** gate.json. A contract with other programs; more keys may stand beside these. */
export const GATE_SCHEMA_VERSION = 1;

export const GATE_SIDES = ["candidate", "baseline"] as const;
export type GateSide = (typeof GATE_SIDES)[number];

/** Cheapest first; each stops the gate on a certain failure. */
export const GATE_LAYERS = ["check", "probe", "calls"] as const;
export type GateLayer = (typeof GATE_LAYERS)[number];

/** Layers that may be left out of a verdict; without calls there is none. */
export const LEAVABLE_LAYERS = ["check", "probe"] as const satisfies readonly GateLayer[];

/** `errored`: the lab broke, which says nothing about the config (exit 1); `failed` and `undecided` are 99. */
export type GateStatus = "passed" | "failed" | "undecided" | "errored" | "interrupted";

/** A kind of call that must work: who, with which URLs, to whom. */
export type GateCell = {
  /** Also the row in events: `udp-blocked`, `home relay-to-relay`, `home turn:34.1.2.3:3478?transport=tcp`. */
  id: string;
  network: ClientNetwork;
  /** Whom it stands for, as a sentence's subject. */
  who: string;
  /** What the client is given of the profile's URLs. */
  urls: string[];
  /** By whom it comes, where the profile has several credentials for these URLs. */
  username?: string;
  /** Both ends relayed, or the far one at home with its own addresses alone; the near end is always relayed. */
  far: "any" | "relayed";
  /** An option that this cell stands and falls with, for the line; null: several may. */
  option: string | null;
};

export type CellTally = {
  /** Finished calls. */
  calls: number;
  /** Those that connected within the limit and lost nothing. */
  succeeded: number;
  rate: number | null;
  /** Anytime-valid at the error rates of the verdict. */
  decision: "good" | "bad" | "undecided";
  failures: Partial<Record<FailureCode, number>>;
  causes: Partial<Record<FailureCode, number>>;
  connectTime: Statistics;
};

export type CellResult = GateCell & {
  candidate: CellTally;
  baseline: CellTally | null;
  /** `already_there`: bad on both sides. */
  verdict: "passed" | "failed" | "already_there" | "undecided";
};

export const DIFFERENCE_METRICS = {
  success: "share of calls that connected in time",
  connect_time: "median connect time",
  cpu_per_call: "server CPU per call",
  memory_per_allocation: "server memory per allocation",
  delivery: "share of messages that arrived at the profile's bitrate",
} as const;
export type DifferenceMetric = keyof typeof DIFFERENCE_METRICS;

/** Candidate against baseline, over rounds that alternate. */
export type GateDifference = {
  metric: DifferenceMetric;
  unit: string;
  baseline: number | null;
  candidate: number | null;
  /** Candidate over baseline, less 1; of shares (`success`, `delivery`) candidate less baseline. */
  change: number | null;
  interval: [number, number] | null;
  /** Whether the interval lies on one side of the margin, so that a change beyond it is there, or is not. */
  isSettled: boolean;
  /** Of the interval, after correction for several metrics and several looks. */
  confidence: number;
  margin: number;
  rounds: number;
  /** `none`: smaller than the noise. `within`: there, and inside the margin. `worse`: its interval excludes the margin. */
  verdict: "none" | "within" | "better" | "worse" | "undecided";
};

/** One thing that was found of the candidate. */
export type ToldFinding = {
  /** The same for the same fault on either side. */
  key: string;
  layer: GateLayer;
  rule: string;
  severity: CheckSeverity;
  /** `fails` the gate; `already_there`: the baseline has it too, whatever it weighs; `noted`: new, and too light to fail. */
  verdict: "fails" | "already_there" | "noted";
  place: { file: string; line: number | null };
  /** Of turnserver.conf, that it is a matter of; null: of none, or of several. */
  option: string | null;
  /** Who is affected, as a subject ("all users"), of calls also how ("users at home cannot connect"); `what` goes on from there. */
  affects: string;
  what: string;
  reason: string;
  fix: string | null;
  evidence: string[];
};

/** With what else was found of the same cause: the same change mends all of it, and it counts as one. */
export type GateFinding = ToldFinding & { also: ToldFinding[] };

export type GateServer = {
  file: string;
  /** What it ran from, or was to; null: the lab's own, which was not started. `id`: null where nobody looked into it. */
  image: { reference: string; id: string | null } | null;
  version: string | null;
};

/** What was measured of one side in one round of the load: paired with the other side's of the same number. */
export type GateRound = {
  round: number;
  side: GateSide;
  calls: number;
  succeeded: number;
  connectTimeMs: number | null;
  cpuPerCallMs: number | null;
  /** Messages received out of those sent at the profile's bitrate, both ways together, in connected calls. */
  deliveryShare: number | null;
};

/** Why the gate ended. `bad_baseline`: nothing can be held against what does not work itself. */
export type GateEnd = "decided" | "certain_failure" | "budget" | "interrupted" | "bad_baseline" | "broke";

export type GateReport = {
  schemaVersion: typeof GATE_SCHEMA_VERSION;
  runId: string;
  status: GateStatus;
  /** One sentence. */
  verdict: string;
  startedAt: string;
  durationMs: number | null;
  harness: { turnlab: string; node: string; cpus: number };
  strict: boolean;
  /** Layers that were told and decided nothing: what the others have shown is the verdict. */
  leftOut: GateLayer[];
  candidate: GateServer;
  baseline: GateServer | null;
  /** Without secrets. */
  profile: GateProfile;
  end: GateEnd;
  /** Of each layer, how long it took; null: not reached. */
  layers: Record<GateLayer, { durationMs: number } | null>;
  /** Those that fail first. */
  findings: GateFinding[];
  cells: CellResult[];
  differences: GateDifference[];
  probes: Record<GateSide, ProbeResult[]>;
  /** What the lab supplied or did otherwise, and what it cannot tell of this config. */
  notes: string[];
};

/** What a report shows beside what it says: how the cells came to their decisions, and both files. Pure data. */
export type GateEvidence = {
  courses: CellCourse[];
  rounds: GateRound[];
  /** Lines without secrets; a side is missing where the log does not have its file. */
  configs: Partial<Record<GateSide, readonly string[]>>;
};

/** A cell's sequential test: the logarithm of how much likelier its calls are at the good rate than at the bad one, after each call. */
export type CellCourse = {
  cell: string;
  sides: Partial<Record<GateSide, number[]>>;
  /** Of the candidate: there it is good, or bad. */
  goodAt: number;
  badAt: number;
};

/** All that a verdict is made from: what stands in the log of a gate. Pure data. */
export type GateFacts = {
  runId: string;
  startedAt: number;
  /** Of all of it, as measured; null while it runs, and where it never ended. */
  durationMs: number | null;
  harness: GateReport["harness"];
  strict: boolean;
  leftOut: readonly GateLayer[];
  profile: GateProfile;
  cells: GateCell[];
  sides: Partial<Record<GateSide, GateSideFacts>>;
  rounds: GateRound[];
  end: GateEnd;
  /** Of a lab that broke. */
  reason: string | null;
  layerMs: Partial<Record<GateLayer, number>>;
  notes: string[];
};

export type GateSideFacts = {
  server: GateServer;
  checks: CheckFinding[];
  /** Null: it was not started. `reason`: why it did not come up. */
  start: { isUp: true } | { isUp: false; reason: string; code: FailureCode | null } | null;
  probes: ProbeResult[];
  /** Bytes an allocation that the server took, step by step, while it had none before. */
  memoryPerAllocation: number[];
  calls: GateCall[];
  /** Rounds in which a call failed that needs nothing of the server: their calls are not among these. */
  disturbed: number[];
  /** Where options stand in its file: the line that counts, by option. */
  lines: Readonly<Record<string, number>>;
};

/** A finished call of a cell, as the gate counts it. */
export type GateCall = {
  cell: string;
  round: number;
  /** Null: it did not connect. */
  connectTimeMs: number | null;
  /** Connected, carried data, and broke no expectation; in time or not. */
  isGood: boolean;
  failure: FailureCode | null;
  cause: FailureCode | null;
  /** Of the diagnosis, or of the failure: one sentence. */
  message: string | null;
};
