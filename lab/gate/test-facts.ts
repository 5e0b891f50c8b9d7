import type { CheckFinding } from "../model/check.ts";
import type { GateCall, GateCell, GateFacts, GateRound, GateSide, GateSideFacts } from "../model/gate.ts";
import { DEFAULT_LIMITS, DEFAULT_PROFILE_NUMBERS, type GateProfile } from "../model/gate-profile.ts";
import type { ProbeResult } from "../model/probe.ts";

/** Facts of gates for tests, each with one thing said otherwise. */
export const testCell = (over: Partial<GateCell> = {}): GateCell => ({
  id: "home",
  network: "home",
  who: "users at home",
  urls: ["turn:turn.example.org"],
  far: "any",
  option: null,
  ...over,
});

export const testProfile = (over: Partial<GateProfile> = {}): GateProfile => ({
  networks: ["home"],
  iceServers: [{ urls: "turn:turn.example.org" }],
  ...DEFAULT_PROFILE_NUMBERS,
  credentialLifetimeS: null,
  peerAddresses: [],
  limits: DEFAULT_LIMITS,
  rules: {},
  ...over,
});

export const testCall = (over: Partial<GateCall> = {}): GateCall => ({
  cell: "home",
  round: 1,
  connectTimeMs: 300,
  isGood: true,
  failure: null,
  cause: null,
  message: null,
  ...over,
});

export const failedCall = (over: Partial<GateCall> = {}): GateCall =>
  testCall({ connectTimeMs: null, isGood: false, failure: "turn_unauthorized", message: "401 at turn", ...over });

/** Calls lie in two rounds. */
export const times = <T>(count: number, value: T): T[] =>
  Array.from({ length: count }, (_, index) => (isCall(value) ? { ...value, round: 1 + (index % 2) } : value));

const isCall = (value: unknown): value is GateCall => typeof value === "object" && value !== null && "round" in value;

export const testSide = (over: Partial<GateSideFacts> = {}): GateSideFacts => ({
  server: { file: "new.conf", image: null, version: "4.6.1" },
  checks: [],
  start: { isUp: true },
  probes: [testProbe({ verdict: "ok", observed: "403" })],
  memoryPerAllocation: [21_000, 22_000, 23_000, 21_500],
  calls: times(120, testCall()),
  disturbed: [],
  lines: { "static-auth-secret": 7 },
  ...over,
});

export const testCheck = (over: Partial<CheckFinding> = {}): CheckFinding => ({
  rule: "unknown-option",
  severity: "error",
  file: "new.conf",
  line: 3,
  option: "relm",
  expected: "an option of coturn",
  found: '"relm"',
  reason: "coturn ignores the line.",
  fix: "realm=turn.example.org",
  affects: null,
  ...over,
});

export const testProbe = (over: Partial<ProbeResult> = {}): ProbeResult => ({
  id: "peer-10.0.0.1",
  group: "peer-acl",
  title: "CreatePermission for 10.0.0.1",
  url: null,
  expected: "403",
  observed: "success",
  verdict: "weak",
  severity: "error",
  reason: "Whoever has a credential reaches the server's own network.",
  fix: "denied-peer-ip=10.0.0.0-10.255.255.255",
  affects: null,
  option: "denied-peer-ip",
  hasReached: true,
  durationMs: 3,
  ...over,
});

export const testRounds = (side: GateSide, values: readonly number[], over: Partial<GateRound> = {}): GateRound[] =>
  values.map((value, index) => ({
    round: index + 1,
    side,
    calls: 20,
    succeeded: 20,
    connectTimeMs: 400 + value,
    cpuPerCallMs: 10 + value,
    deliveryShare: 1,
    ...over,
  }));

const NOISE = [0.1, 0.4, 0.2, 0.5, 0.3, 0.2];

export const testFacts = (over: Partial<GateFacts> = {}): GateFacts => ({
  runId: "2026-11-28T10-00-00-abcd",
  startedAt: Date.UTC(2026, 10, 28, 10),
  durationMs: 60_000,
  harness: { turnlab: "0.1.0", node: "v24.0.0", cpus: 2 },
  strict: false,
  leftOut: [],
  profile: testProfile(),
  cells: [testCell()],
  sides: { candidate: testSide(), baseline: testSide({ server: { file: "old.conf", image: null, version: "4.6.1" } }) },
  rounds: [...testRounds("candidate", NOISE), ...testRounds("baseline", NOISE.toReversed())],
  end: "decided",
  reason: null,
  layerMs: { check: 10, probe: 4_000, calls: 50_000 },
  notes: [],
  ...over,
});
