import { build, encodeIntoCompressedBase64 } from "hdr-histogram-js";
import type { AllocationScenario } from "../lab/model/allocation-load.ts";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import { labUp, runFinished, runStarted, scenarioFinished, scenarioStarted } from "./example-run.ts";

/** Loads of raw TURN clients that never were, for the tests of this room. */

const START = Date.UTC(2026, 2, 14, 9, 26, 55);

export function aLoad(changes: Partial<AllocationScenario> = {}): AllocationScenario {
  return {
    description: "Raw TURN clients behind a home's router relay audio to a peer.",
    topology: { routers: { home: { nat: "home" } }, turnServers: { turn: {} } },
    clients: { behind: "home" },
    farPeer: { behind: "internet" },
    allocation: { server: "turn", over: "udp", relayTo: "peer", traffic: "audio", holdMs: 5_000 },
    load: { executor: "per-vu-iterations", vus: 100, iterations: 1 },
    ...changes,
  };
}

/** As a generator encodes them; `values` in ms. */
export function histogramOf(values: readonly number[]): string {
  const histogram = build({
    bitBucketSize: 64,
    autoResize: true,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });
  for (const value of values) histogram.recordValue(Math.round(value * 1_000));
  return encodeIntoCompressedBase64(histogram);
}

/** One stretch of 250 ms in which nothing happened but what is said. `number`: which of them. */
export function measured(
  scenario: string,
  number: number,
  changes: Partial<EventOf<"allocations_measured">> = {},
): EventOf<"allocations_measured"> {
  return {
    type: "allocations_measured",
    at: START + number * 250,
    scenario,
    atMs: 1_000 + number * 250,
    durationMs: 250,
    started: 0,
    allocated: 0,
    failed: {},
    ended: 0,
    lost: 0,
    lostBy: {},
    interrupted: 0,
    dropped: 0,
    held: 0,
    packetsSent: 0,
    bytesSent: 0,
    packetsReceived: 0,
    bytesReceived: 0,
    packetsLost: 0,
    packetsSkipped: 0,
    receiveBufferErrors: 0,
    connectTime: null,
    allocateTime: null,
    roundTrip: null,
    jitterMs: null,
    cpuPercent: 20,
    busiestWorkerPercent: 15,
    workerWaitPercent: 2,
    memoryBytes: 80 * 2 ** 20,
    ...changes,
  };
}

/** The name of the load below. */
export const NAME = "raw";
/** 1 to a number, times a step. */
export const upTo = (count: number, step = 1) => Array.from({ length: count }, (_, index) => (index + 1) * step);

/** 100 clients: 96 held and 2 of them lost, 4 refused. */
export const STRETCHES = [
  measured(NAME, 1, {
    started: 60,
    allocated: 58,
    held: 58,
    failed: { turn_486: 2 },
    connectTime: histogramOf(upTo(58)),
  }),
  measured(NAME, 2, {
    ...{ started: 40, allocated: 38, held: 96, failed: { turn_486: 1, turn_timeout: 1 }, dropped: 5 },
    connectTime: histogramOf(upTo(38, 10)),
    ...{ packetsSent: 900, packetsSkipped: 100, packetsReceived: 880, bytesSent: 91_800, jitterMs: 2 },
    roundTrip: histogramOf(upTo(880, 0.1)),
  }),
  measured(NAME, 3, {
    ...{ ended: 94, lost: 2, lostBy: { turn_connection_closed: 2 }, busiestWorkerPercent: 97 },
    ...{ packetsReceived: 10, packetsLost: 10, roundTrip: histogramOf(upTo(10, 100)), jitterMs: 4 },
  }),
];

/** A whole run of it. */
export function loadRun(load: AllocationScenario = aLoad(), stretches: readonly RunEvent[] = STRETCHES): RunEvent[] {
  return [
    runStarted(NAME),
    scenarioStarted(NAME, load),
    labUp(NAME, { turn: "turn", home: "router", clients: "peer", "far-peer": "peer" }),
    ...stretches,
    scenarioFinished(NAME),
    runFinished(),
  ];
}
