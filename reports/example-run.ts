import type { EventOf, NodeRole, PeerReport, RunEvent, SessionFinished } from "../lab/model/events.ts";
import type { FailureCode } from "../lab/model/failure.ts";
import type { AnyScenario } from "../lab/model/grid.ts";
import type { NatPresetName } from "../lab/model/nat-presets.ts";
import type { ObservedNat } from "../lab/model/observed-nat.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import { routerBehaviour } from "../lab/model/topology.ts";

/** Builds logs of runs that never were, for the tests of this room. Times are fixed: the same call, the same log. */

const START = Date.UTC(2026, 2, 14, 9, 26, 53);

const ENGINE = {
  version: "28.3.0",
  apiVersion: "1.51",
  kernel: "6.12.0",
  os: "linux",
  architecture: "x86_64",
  cgroupVersion: "2",
  cpus: 4,
  memoryBytes: 8 * 2 ** 30,
};

export function aScenario(changes: Partial<Scenario> = {}): Scenario {
  return {
    description: "Mobile caller behind a carrier NAT, home callee: only TURN can connect them.",
    topology: {
      routers: { carrier: { nat: "cgnat" }, home: { nat: "home" } },
      turnServers: { turn: {} },
    },
    peers: {
      offerer: { behind: "carrier", iceServers: ["turn"] },
      answerer: { behind: "home", iceServers: ["turn"] },
    },
    load: { executor: "per-vu-iterations", vus: 20, iterations: 4 },
    expectedPath: "relayed",
    ...changes,
  };
}

export function runStarted(...scenarios: string[]): EventOf<"run_started"> {
  const harness = { turnlab: "0.1.0", node: "v24.21.0", cpus: 4 };
  return {
    type: "run_started",
    schemaVersion: 1,
    at: START,
    runId: "20260314-092653-k3v9",
    scenarios,
    harness,
    engine: ENGINE,
  };
}

export function runFinished(changes: { interrupted?: boolean } = {}): EventOf<"run_finished"> {
  return { type: "run_finished", at: START + 72_400, interrupted: false, durationMs: 72_400, ...changes };
}

export function scenarioStarted(scenario: string, definition: AnyScenario = aScenario()): EventOf<"scenario_started"> {
  return { type: "scenario_started", at: START + 10, scenario, definition };
}

export function labUp(scenario: string, roles: Record<string, NodeRole>): EventOf<"lab_up"> {
  const nodes = Object.entries(roles).map(([name, role]) => ({ name, role, containerId: name, interfaces: [] }));
  return { type: "lab_up", at: START + 950, scenario, durationMs: 940, nodes };
}

export function scenarioFinished(
  scenario: string,
  outcome: EventOf<"scenario_finished">["outcome"] = "completed",
  reason: string | null = null,
): EventOf<"scenario_finished"> {
  return { type: "scenario_finished", at: START + 41_200, scenario, outcome, reason, durationMs: 41_190 };
}

const PEER: PeerReport = {
  candidates: [],
  urls: [],
  selectedPair: null,
  selectedUrl: null,
  selectedTransport: null,
  messagesSent: 5,
  messagesReceived: 5,
  failure: null,
};

export function sessionFinished(
  scenario: string,
  session: number,
  changes: Partial<SessionFinished> = {},
): SessionFinished {
  return {
    type: "session_finished",
    at: START + 1000 + session,
    scenario,
    session,
    vu: session % 20,
    iteration: Math.floor(session / 20),
    outcome: "connected",
    dropped: false,
    failure: null,
    violations: [],
    path: "relayed",
    pair: "relay-prflx",
    timings: {
      connect_time: 400 + session,
      gather_time: 120 + session,
      ice_time: 180,
      dtls_time: 60.5,
      first_data_time: 420 + session,
      turn_allocate_time: [80, 90],
    },
    peers: { offerer: PEER, answerer: PEER },
    messagesSkipped: 0,
    ...changes,
  };
}

export function failedSession(scenario: string, session: number, code: FailureCode, message: string): SessionFinished {
  return sessionFinished(scenario, session, {
    outcome: "failed",
    failure: { code, message },
    path: null,
    pair: null,
    timings: {
      connect_time: null,
      gather_time: 5000,
      ice_time: null,
      dtls_time: null,
      first_data_time: null,
      turn_allocate_time: [],
    },
    peers: {
      offerer: { ...PEER, messagesSent: 0, messagesReceived: 0 },
      answerer: { ...PEER, messagesSent: 0, messagesReceived: 0 },
    },
  });
}

/** A session's start, and its end where it has one. */
export function session(finished: SessionFinished): RunEvent[] {
  return [sessionStarted(finished.scenario, finished.session), finished];
}

export function sessionStarted(scenario: string, number: number): EventOf<"session_started"> {
  return {
    type: "session_started",
    at: START + 100 + number,
    scenario,
    session: number,
    vu: number % 20,
    iteration: 0,
  };
}

export function serverImage(scenario: string): EventOf<"turn_server_image"> {
  const digest = `coturn/coturn@sha256:${"5e".repeat(32)}`;
  const image = { reference: "coturn/coturn:4.17.0", id: "1f".repeat(32), digest, version: "4.17.0" };
  return { type: "turn_server_image", at: START + 200, scenario, server: "turn", ...image };
}

export function serverSampled(
  scenario: string,
  changes: Partial<EventOf<"turn_server_sampled">> = {},
): EventOf<"turn_server_sampled"> {
  return {
    type: "turn_server_sampled",
    at: START + 2000,
    scenario,
    server: "turn",
    sampledAtMs: 1000,
    cpuPercent: null,
    memoryBytes: 24 * 2 ** 20,
    rxBitsPerSecond: null,
    txBitsPerSecond: null,
    rxPacketsPerSecond: null,
    txPacketsPerSecond: null,
    allocations: 0,
    udpReceiveBufferErrors: 0,
    ...changes,
  };
}

export function labSampled(
  scenario: string,
  process: string,
  cpuPercent: number | null,
  memoryBytes = 140 * 2 ** 20,
): EventOf<"lab_sampled"> {
  const sampledAtMs = 1000;
  return {
    type: "lab_sampled",
    at: START + 2000,
    scenario,
    process,
    sampledAtMs,
    cpuPercent,
    memoryBytes,
  };
}

export function browserReady(
  scenario: string,
  peer: string,
  changes: Partial<EventOf<"browser_ready">> = {},
): EventOf<"browser_ready"> {
  return {
    type: "browser_ready",
    at: START + 940,
    scenario,
    peer,
    engine: "chromium",
    version: "Chrome/156.0.7204.10",
    mdns: true,
    durationMs: 1240,
    ...changes,
  };
}

export function routerProbed(
  scenario: string,
  router: string,
  preset: NatPresetName,
  mismatches: string[] = [],
): EventOf<"router_probed"> {
  const expected = routerBehaviour({ nat: preset });
  const { mapping, filtering, tcp, hairpinning, addressing } = expected;
  const portAllocation = typeof expected.portAllocation === "string" ? expected.portAllocation : "sequential";
  const observed: ObservedNat = {
    mapping,
    filtering,
    tcp: { ...tcp, portAllocation, unsolicitedRefused: false, sourceKept: null },
    hairpinning,
    hairpinSource: hairpinning ? "external" : null,
    portAllocation,
    sharedPortKept: true,
    addressing,
    externalAddress: "34.10.0.2",
    externalPorts: [40_000],
    secondExternalAddress: "34.10.0.2",
    unsolicitedPassed: filtering === "endpoint-independent",
    keptAfterUnsolicited: true,
    sourceKept: true,
    lifetimeMs: null,
    refreshedBy: null,
    keptByAnswers: null,
    firewall: [],
  };
  return { type: "router_probed", at: START + 900, scenario, router, expected, observed, mismatches, durationMs: 310 };
}

export function containerDied(
  scenario: string,
  node: string,
  changes: Partial<EventOf<"container_died">> = {},
): EventOf<"container_died"> {
  return { type: "container_died", at: START + 41_000, scenario, node, exitCode: 137, oomKilled: false, ...changes };
}

/** A lab's orderly end: every container dies because it was told to, and the log says so before `lab_down`. */
export function labDown(scenario: string, ...nodes: string[]): RunEvent[] {
  return [
    { type: "lab_going_down", at: START + 41_000, scenario },
    ...nodes.map((node) => containerDied(scenario, node)),
    { type: "lab_down", at: START + 41_150, scenario, durationMs: 150 },
  ];
}

/** A whole run with one scenario of each status. */
export function exampleRun(): RunEvent[] {
  const relay = "mobile-to-home";
  const slow = "udp-blocked-office";
  const none = "wrong-password";
  const broken = "two-carriers";
  const expectsNone = aScenario({
    description: "The password is wrong: nothing may connect.",
    expectedPath: "none",
    expectedFailure: "turn_unauthorized",
  });
  const slowScenario = aScenario({
    description: "Office that drops UDP: TURN over TCP or TLS, after every UDP attempt has gone unanswered.",
    topology: { routers: { office: { nat: "udp-blocked" }, home: { nat: "home" } }, turnServers: { turn: {} } },
    thresholds: { connect_time: ["p(95)<5000", "max<20000"], message_delivery: ["rate>0.99"] },
  });
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  return [
    runStarted(relay, slow, none, broken, "never-reached"),
    scenarioStarted(relay),
    routerProbed(relay, "carrier", "cgnat"),
    routerProbed(relay, "home", "home"),
    serverImage(relay),
    ...numbers(80).flatMap((n) => session(sessionFinished(relay, n, n > 60 ? { pair: "relay-relay" } : {}))),
    serverSampled(relay),
    serverSampled(relay, {
      cpuPercent: 12.4,
      rxBitsPerSecond: 1_204_000,
      txBitsPerSecond: 1_118_000,
      rxPacketsPerSecond: 812,
      txPacketsPerSecond: 790.4,
      allocations: 40,
    }),
    serverSampled(relay, { cpuPercent: 31, rxBitsPerSecond: 901_000, txBitsPerSecond: 880_000, allocations: 36 }),
    labSampled(relay, "harness", 45.2),
    labSampled(relay, "harness", 88),
    labSampled(relay, "offerer", 62),
    labSampled(relay, "answerer", 58.6),
    ...labDown(relay, "turn", "offerer", "answerer"),
    scenarioFinished(relay),
    scenarioStarted(slow, slowScenario),
    routerProbed(slow, "office", "udp-blocked", ["udp: expected blocked, observed translated"]),
    ...numbers(6).flatMap((n) =>
      session(
        sessionFinished(slow, n, {
          ...(n === 6 ? { path: "direct", pair: "srflx-prflx", messagesSkipped: 3 } : {}),
          ...(n === 6
            ? { violations: [{ code: "wrong_path", message: "expected relayed, connected over srflx-prflx (direct)" }] }
            : {}),
          ...(n === 5 ? { dropped: true, failure: { code: "data_failed", message: "no message for 10 s" } } : {}),
          timings: {
            ...sessionFinished(slow, n).timings,
            connect_time: 4000 + 200.08 * n,
            // These connected before the unanswered UDP attempts had run out.
            ...(n > 4 ? { gather_time: null } : {}),
          },
        }),
      ),
    ),
    ...session(failedSession(slow, 7, "turn_no_answer", "turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s")),
    ...session(failedSession(slow, 8, "turn_no_answer", "turn:34.1.2.3:3478 did not answer 7 requests in 39.5 s")),
    serverSampled(slow, { cpuPercent: 4.1, rxBitsPerSecond: 0, txBitsPerSecond: 0, udpReceiveBufferErrors: 12 }),
    { type: "iterations_dropped", at: START + 30_000, scenario: slow, count: 2, reason: "interrupted" },
    scenarioFinished(slow),
    scenarioStarted(none, expectsNone),
    ...numbers(3).flatMap((n) =>
      session(failedSession(none, n, "turn_unauthorized", "turn:34.1.2.3:3478 answered 401 Unauthorized twice")),
    ),
    scenarioFinished(none),
    scenarioStarted(broken, aScenario({ description: "Two phones, two carriers." })),
    containerDied(broken, "carrier-2", { oomKilled: true }),
    ...labDown(broken, "turn", "offerer", "answerer"),
    scenarioFinished(broken, "errored", "container carrier-2 died with exit code 137 (out of memory)"),
    runFinished(),
  ];
}
