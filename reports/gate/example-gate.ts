import type {
  CellCourse,
  GateCell,
  GateDifference,
  GateEvidence,
  GateFinding,
  GateReport,
  ToldFinding,
} from "../../lab/model/gate.ts";
import { type CellResult, type CellTally, GATE_SCHEMA_VERSION } from "../../lab/model/gate.ts";
import { CLIENT_NETWORKS, DEFAULT_LIMITS, DEFAULT_PROFILE_NUMBERS } from "../../lab/model/gate-profile.ts";
import type { Statistics } from "../../lab/model/metrics.ts";
import type { ProbeResult } from "../../lab/model/probe.ts";

/** Builds reports of gates that never were, for the tests of this room. The same call, the same report. */

const URLS = ["turn:34.77.1.10:3478", "turns:turn.example.org:443?transport=tcp"];

export const EXAMPLE_GATES = {
  passed: passed,
  "failed at check": failedAtCheck,
  "failed at probe": failedAtProbe,
  "failed in calls": failedInCalls,
  "already there": alreadyThere,
  undecided: undecided,
  errored: errored,
} as const;
export type ExampleGate = keyof typeof EXAMPLE_GATES;

export function aReport(changes: Partial<GateReport> = {}): GateReport {
  return {
    schemaVersion: GATE_SCHEMA_VERSION,
    runId: "20260314-092653-k3v9",
    status: "passed",
    verdict: "Nothing that clients need got worse.",
    startedAt: "2026-03-14T09:26:53.000Z",
    durationMs: 84_300,
    harness: { turnlab: "0.1.0", node: "v24.21.0", cpus: 2 },
    strict: false,
    leftOut: [],
    candidate: aServer("new/turnserver.conf"),
    baseline: aServer("turnserver.conf"),
    profile: {
      ...DEFAULT_PROFILE_NUMBERS,
      networks: ["home", "udp-blocked", "tls-443"],
      iceServers: [{ urls: URLS }],
      credentialLifetimeS: 86_400,
      peerAddresses: [],
      limits: DEFAULT_LIMITS,
      rules: {},
    },
    end: "decided",
    layers: { check: { durationMs: 41 }, probe: { durationMs: 8_200 }, calls: { durationMs: 71_400 } },
    findings: [],
    cells: [
      aCell("home", { candidate: aTally(60, 60), baseline: aTally(60, 60) }),
      aCell("udp-blocked", { candidate: aTally(59, 60), baseline: aTally(60, 60) }),
      aCell("tls-443", { candidate: aTally(60, 60), baseline: aTally(60, 60), option: "tls-listening-port" }),
    ],
    differences: [
      aDifference({}),
      aDifference({
        metric: "connect_time",
        unit: "ms",
        baseline: 412,
        candidate: 421,
        change: 0.0218,
        interval: [-0.131, 0.3094],
        isSettled: false,
      }),
      aDifference({
        metric: "cpu_per_call",
        unit: "ms",
        baseline: 18.2,
        candidate: 20.1,
        change: 0.104,
        interval: [0.041, 0.17],
        verdict: "within",
      }),
      aDifference({
        metric: "memory_per_allocation",
        unit: "bytes",
        baseline: 41_200,
        candidate: 41_100,
        change: -0.0024,
        interval: [-0.04, 0.035],
      }),
    ],
    probes: {
      candidate: [aProbe(), aProbe({ id: "amplification-allocate", group: "amplification", verdict: "unclear" })],
      baseline: [aProbe()],
    },
    notes: ["supplied by the lab: cert and pkey: the file names none."],
    ...changes,
  };
}

const CONFIG = [
  "listening-port=3478",
  "#",
  "external-ip=34.77.1.10",
  "min-port=49152",
  "max-port=65535",
  "",
  "use-auth-secret",
  "static-auth-secret=<secret 1>",
  "realm=turn.example.org",
  "cert=/etc/coturn/fullchain.pem",
  "pkey=/etc/coturn/privkey.pem",
  "tls-listening-port=443",
  "no-cli",
];

/** What a log had beside such a report: calls that were good came first. */
export function evidenceOf({ cells, baseline }: GateReport): GateEvidence {
  const changed = CONFIG.map((line) => (line === "tls-listening-port=443" ? "tls-listening-port=5349" : line));
  const course = ({ succeeded, calls }: CellTally) =>
    Array.from(
      { length: calls },
      (_, index) => 0.041 * Math.min(index + 1, succeeded) - 1.61 * Math.max(0, index + 1 - succeeded),
    );
  const courses = cells.flatMap((cell): CellCourse[] => {
    if (cell.candidate.calls === 0) return [];
    const other = cell.baseline ? { baseline: course(cell.baseline) } : {};
    return [{ cell: cell.id, sides: { candidate: course(cell.candidate), ...other }, goodAt: 3.1, badAt: -5.08 }];
  });
  return { courses, rounds: [], configs: { candidate: changed, ...(baseline ? { baseline: CONFIG } : {}) } };
}

function aServer(file: string): GateReport["candidate"] {
  return { file, image: { reference: "turnlab/coturn:1f44057b0d97", id: "a1904257659e" }, version: "4.6.1" };
}

export function aTally(succeeded: number, calls: number, changes: Partial<CellTally> = {}): CellTally {
  const rate = calls === 0 ? null : succeeded / calls;
  const decision = rate === null ? "undecided" : rate > 0.95 ? "good" : "bad";
  return { calls, succeeded, rate, decision, failures: {}, causes: {}, connectTime: times(succeeded), ...changes };
}

function times(count: number): Statistics {
  const value = (ms: number) => (count === 0 ? null : ms);
  return {
    unit: "ms",
    count,
    min: value(338),
    avg: value(418),
    med: value(416),
    "p(90)": value(470),
    "p(95)": value(482),
    "p(99)": value(497),
    max: value(501),
  };
}

export function aCell(network: GateCell["network"], changes: Partial<CellResult> = {}): CellResult {
  return {
    id: network,
    network,
    who: CLIENT_NETWORKS[network],
    urls: URLS,
    far: "any",
    option: null,
    candidate: aTally(0, 0),
    baseline: null,
    verdict: "passed",
    ...changes,
  };
}

export function aDifference(changes: Partial<GateDifference>): GateDifference {
  return {
    metric: "success",
    unit: "share",
    baseline: 1,
    candidate: 0.9944,
    change: -0.0056,
    interval: [-0.0172, 0.0061],
    confidence: 0.9875,
    margin: 0.25,
    rounds: 9,
    isSettled: true,
    verdict: "none",
    ...changes,
  };
}

export function aFinding(changes: Partial<GateFinding> = {}): GateFinding {
  return {
    key: "listener-removed tls-listening-port",
    layer: "check",
    rule: "listener-removed",
    severity: "error",
    verdict: "fails",
    place: { file: "new/turnserver.conf", line: 12 },
    option: "tls-listening-port",
    affects: "users behind firewalls that let only TLS on port 443 out cannot connect",
    what: "no listener on 443 (tls-listening-port=5349)",
    reason: "Clients are given turns:turn.example.org:443?transport=tcp, and nothing listens there any more.",
    fix: "tls-listening-port=443",
    evidence: ["new/turnserver.conf:12 tls-listening-port=5349", "turnserver.conf:12 tls-listening-port=443"],
    also: [],
    ...changes,
  };
}

function aTold(changes: Partial<ToldFinding>): ToldFinding {
  const { also: _, ...told } = aFinding();
  return { ...told, ...changes };
}

export function aProbe(changes: Partial<ProbeResult> = {}): ProbeResult {
  return {
    id: "allocate-without-credentials",
    group: "authentication",
    title: "An Allocate without credentials",
    url: "turn:34.77.1.10:3478",
    expected: "401",
    observed: "401",
    verdict: "ok",
    severity: "error",
    reason: "Whoever may allocate without a credential relays at the owner's cost.",
    fix: null,
    affects: null,
    option: "lt-cred-mech",
    hasReached: null,
    durationMs: 4,
    ...changes,
  };
}

const NOT_CALLED = { cells: [aCell("home"), aCell("udp-blocked"), aCell("tls-443")], differences: [] };
const UNCALLED = NOT_CALLED.cells.map((cell) => ({ ...cell, verdict: "undecided" as const }));

function passed(): GateReport {
  return aReport();
}

function failedAtCheck(): GateReport {
  return aReport({
    status: "failed",
    verdict: "1 finding fails: users behind firewalls that let only TLS on port 443 out cannot connect.",
    durationMs: 52,
    end: "certain_failure",
    layers: { check: { durationMs: 41 }, probe: null, calls: null },
    findings: [
      aFinding({
        also: [aTold({ key: "network", rule: "network-without-listener", what: "nobody answers for tls-443" })],
      }),
      aFinding({
        key: "cve-2026-27624",
        rule: "cve-2026-27624",
        severity: "warning",
        verdict: "already_there",
        place: { file: "new/turnserver.conf", line: null },
        affects: "whoever has a credential reaches the server's own network by ::ffff: addresses",
        what: "coturn 4.6.1",
        reason: "CVE-2026-27624, fixed in 4.9.0.",
        fix: "denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255",
        evidence: [],
      }),
    ],
    cells: UNCALLED,
    differences: [],
    probes: { candidate: [], baseline: [] },
  });
}

function failedAtProbe(): GateReport {
  const weak = aProbe({ observed: "success", verdict: "weak", fix: "lt-cred-mech", url: "turn:34.77.1.10:3478" });
  const reached = aProbe({
    id: "channel-bind-10.0.0.1",
    group: "peer-acl",
    title: "A ChannelBind to 10.0.0.1",
    url: null,
    expected: "403",
    observed: "success",
    verdict: "weak",
    hasReached: true,
  });
  return aReport({
    status: "failed",
    verdict: "1 finding fails: anybody may allocate.",
    durationMs: 9_100,
    end: "certain_failure",
    layers: { check: { durationMs: 41 }, probe: { durationMs: 8_200 }, calls: null },
    findings: [
      aFinding({
        key: "allocate-without-credentials",
        layer: "probe",
        rule: "allocate-without-credentials",
        place: { file: "new/turnserver.conf", line: 3 },
        affects: "anybody may allocate: the server is an open relay",
        what: "success, where a secure server answers 401 (Unauthorized)",
        reason: weak.reason,
        fix: "lt-cred-mech",
        evidence: ["An Allocate without credentials to turn:34.77.1.10:3478 was answered with success"],
      }),
    ],
    cells: UNCALLED,
    differences: [],
    probes: { candidate: [weak, reached, aProbe({ id: "tls-1.0", group: "tls" })], baseline: [aProbe()] },
  });
}

function failedInCalls(): GateReport {
  return aReport({
    status: "failed",
    verdict: "1 finding fails: users behind firewalls that block UDP cannot connect.",
    findings: [
      aFinding({
        key: "calls udp-blocked",
        layer: "calls",
        rule: "calls-fail",
        affects: "users behind firewalls that block UDP cannot connect",
        what: "0 of 9 calls connected, 9 of 9 on the baseline",
        reason: "turn_wrong_secret: the credential was made with another secret than the server's.",
        fix: "static-auth-secret= as the application has it",
        evidence: ["call 3 of round 1: 401 (Unauthorized) to every Allocate"],
      }),
      aFinding({
        key: "difference connect_time",
        layer: "calls",
        rule: "slower-connect_time",
        place: { file: "new/turnserver.conf", line: null },
        affects: "all users wait longer",
        what: "median connect time: 704 ms, and 412 ms with the baseline",
        reason: "The interval of the difference excludes the margin of 25 %.",
        fix: null,
        evidence: [],
      }),
    ],
    cells: [
      aCell("home", { candidate: aTally(60, 60), baseline: aTally(60, 60) }),
      aCell("udp-blocked", {
        candidate: aTally(0, 9, { causes: { turn_wrong_secret: 8 }, failures: { ice_failed: 9 } }),
        baseline: aTally(9, 9),
        verdict: "failed",
      }),
      aCell("tls-443", { candidate: aTally(30, 30), baseline: aTally(30, 30), verdict: "undecided" }),
    ],
    differences: [
      aDifference({ candidate: 0.91, change: -0.09, interval: [-0.13, -0.05], verdict: "within" }),
      aDifference({
        metric: "connect_time",
        unit: "ms",
        baseline: 412,
        candidate: 704,
        change: 0.709,
        interval: [0.63, 0.79],
        verdict: "worse",
      }),
    ],
  });
}

function alreadyThere(): GateReport {
  return aReport({
    verdict: "nothing got worse; 1 fault was there before.",
    findings: [
      aFinding({ verdict: "already_there", what: "no listener on 443, as in the baseline" }),
      aFinding({
        key: "software-attribute",
        rule: "software-attribute",
        severity: "note",
        verdict: "noted",
        place: { file: "new/turnserver.conf", line: null },
        affects: "whoever asks is told the server's version",
        what: "no line no-software-attribute",
        reason: "coturn up to 4.6 says its version in every answer.",
        fix: "no-software-attribute",
        evidence: [],
      }),
    ],
    cells: [
      aCell("home", { candidate: aTally(60, 60), baseline: aTally(60, 60) }),
      aCell("tls-443", {
        candidate: aTally(0, 9, { failures: { ice_failed: 9 } }),
        baseline: aTally(0, 9, { failures: { ice_failed: 9 } }),
        verdict: "already_there",
      }),
    ],
  });
}

function undecided(): GateReport {
  return aReport({
    status: "undecided",
    verdict: "after 30 s the evidence decides 1 of 3 kinds of call.",
    durationMs: 31_200,
    end: "budget",
    baseline: null,
    cells: [
      aCell("home", { candidate: aTally(60, 60) }),
      aCell("udp-blocked", { candidate: aTally(12, 12, { decision: "undecided" }), verdict: "undecided" }),
      aCell("tls-443", { candidate: aTally(11, 12, { decision: "undecided" }), verdict: "undecided" }),
    ],
    differences: [],
    probes: { candidate: [aProbe()], baseline: [] },
  });
}

function errored(): GateReport {
  return aReport({
    status: "errored",
    verdict: "the lab broke, which says nothing about the config: container carrier-2 died with exit code 137.",
    durationMs: null,
    end: "broke",
    layers: { check: { durationMs: 41 }, probe: null, calls: null },
    candidate: { file: "new/turnserver.conf", image: null, version: null },
    cells: UNCALLED,
    differences: [],
    probes: { candidate: [], baseline: [] },
    notes: [],
  });
}
