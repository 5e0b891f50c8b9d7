import { cpus } from "node:os";
import { generatorReasons } from "../capacity/carries.ts";
import { fitModel } from "../capacity/model.ts";
import type { LabContext } from "../lab-context.ts";
import type { CapacityCall, CapacityStep } from "../model/capacity.ts";
import type { Calibration } from "../model/capacity-model.ts";
import type { SearchAsk } from "../model/capacity-search.ts";
import type { TurnTransport } from "../model/ice.ts";
import { arrivalPace } from "./arrival-pace.ts";
import { type CapacityLabInput, capacityTopology, startCapacityLab } from "./capacity-lab.ts";
import { DEFAULT_LIMITS, DEFAULT_SETTINGS } from "./defaults.ts";
import { mostCalls } from "./most-calls.ts";
import { roomOf } from "./server-room.ts";

/** The same everywhere: small enough for any machine that can run a lab, and three loads apart enough to fit a line through. */
const PACKET_BYTES = 1_000;
const PACKETS_PER_SECOND = 50;
const LOADS = [5, 15, 30, 45] as const;
const HOLD_MS = 4_000;

export type Calibrated = {
  /** Null: too little was measured to tell. */
  calibration: Calibration | null;
  /** Why it is not to be trusted: what the lab did not make, load by load. Empty where all is well. */
  doubts: string[];
};

/**
 * What a packet costs coturn on this machine: the lab's own coturn without limits, one relayed end, packets of 1,000 bytes, 50 a second
 * each way, held in a few loads. `onStep` hears of each. Null: interrupted.
 */
export async function calibrate(
  over: TurnTransport,
  context: LabContext,
  onStep: (step: CapacityStep) => void,
): Promise<Calibrated | null> {
  const call: CapacityCall = {
    over,
    relayed: "one",
    streams: [{ packetBytes: PACKET_BYTES, packetsPerSecond: PACKETS_PER_SECOND }],
  };
  const input: CapacityLabInput = { config: null, call, behind: "internet", workers: 1 };
  const placed = capacityTopology(input, {});
  if ("faults" in placed) throw new Error(`no lab to calibrate in: ${JSON.stringify(placed.faults)}`);
  const ask: SearchAsk = {
    size: {},
    call,
    limits: DEFAULT_LIMITS,
    room: roomOf(null, undefined, {}),
    settings: DEFAULT_SETTINGS,
    firstGuess: LOADS[0],
    most: mostCalls(call),
  };
  const steps: CapacityStep[] = [];
  const parts = { ...input, topology: placed.topology, size: {}, isOutOfMemory: () => false };
  await using lab = await startCapacityLab("calibrate", parts, context);
  for (const calls of LOADS) {
    const arrivalsPerSecond = arrivalPace(calls, over, 1);
    const step = await lab.load.hold({ purpose: "ramp", calls, arrivalsPerSecond, holdMs: HOLD_MS });
    if (!step || context.signal.aborted) return null;
    steps.push(step);
    onStep(step);
  }
  const doubts = steps.flatMap((step) =>
    generatorReasons(step, ask).map((reason) => `with ${step.calls} calls ${reason}`),
  );
  const model = fitModel([{ name: "calibrate", ask, steps, end: null }], cpus().length);
  const hop = model?.transports[0]?.costs.hop;
  if (!hop || hop.cpuMs <= 0) return { calibration: null, doubts };
  return {
    calibration: {
      machine: `${cpus().length} × ${cpus()[0]?.model.trim() || "unknown CPU"}`,
      measuredAt: new Date().toISOString(),
      over,
      packetBytes: PACKET_BYTES,
      cpuMsPerHop: hop.cpuMs,
      interval: hop.interval,
    },
    doubts,
  };
}
