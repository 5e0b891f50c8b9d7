import type { CapacityStep, MachineSize } from "../model/capacity.ts";
import type { PlanAsk } from "../model/capacity-plan.ts";
import type { CapacityEnd, CapacityServer } from "../model/capacity-report.ts";
import type { NextStep, SearchAsk, SearchEnd } from "../model/capacity-search.ts";
import { LOG_SCHEMA_VERSION, type RunEvent } from "../model/events.ts";
import { PRICES } from "./prices.ts";
import { anAsk, aStep, aUse, fakeStep, NO_ROOM, playSearch, times } from "./test-server.ts";

/** Logs of capacity runs that never were: the same call, the same log. `reports/capacity` shows what is made of them. */
export const EXAMPLE_LOGS = {
  found: found,
  "limited by a quota": quota,
  "limited by the NIC": nic,
  "limited by the generator": generator,
  "never passed": neverPassed,
  interrupted: interrupted,
  errored: errored,
} as const satisfies Record<string, () => RunEvent[]>;

const AT = Date.UTC(2026, 2, 14, 9, 26, 53);
export const A_SERVER: CapacityServer = {
  file: "turnserver.conf",
  image: { reference: "turnlab/coturn:1f44057b0d97", id: "a1904257659e" },
  version: "4.6.1",
};
export const A_PLAN: PlanAsk = {
  callsPerDay: 20_000,
  minutesPerCall: 12,
  shareRelayed: 0.2,
  peakFactor: 3,
  regions: 2,
  headroom: 0.7,
  spares: 1,
};

type Hold = (next: Exclude<NextStep, { done: SearchEnd }>) => CapacityStep;
type Played = { name: string; ask: SearchAsk; steps: CapacityStep[]; end: SearchEnd | null };

export function aLog(
  searches: readonly Played[],
  more: { sizes?: MachineSize[]; plan?: PlanAsk | null; end?: CapacityEnd; reason?: string; notes?: string[] } = {},
): RunEvent[] {
  const { sizes = [], plan = null, end = "completed", reason = null, notes = [] } = more;
  let at = AT;
  /** Steps end one after the other. */
  const endOf = ({ durationMs, arrival }: CapacityStep) => {
    at += Math.round(durationMs + (arrival?.durationMs ?? 0));
    return at;
  };
  return [
    {
      type: "run_started",
      schemaVersion: LOG_SCHEMA_VERSION,
      at: AT,
      runId: "20260314-092653-k3v9",
      scenarios: ["capacity"],
      harness: { turnlab: "0.1.0", node: "v24.21.0", cpus: 2 },
      engine: null,
    },
    { type: "capacity_started", at: AT, server: A_SERVER, sizes, plan, prices: PRICES },
    ...notes.map((text): RunEvent => ({ type: "capacity_note", at: AT, text })),
    ...searches.flatMap(({ name, ask, steps, end: decided }): RunEvent[] => [
      { type: "capacity_asked", at: AT, search: name, ask },
      ...steps.map((step): RunEvent => ({ type: "capacity_step", at: endOf(step), search: name, step })),
      ...(decided ? [{ type: "capacity_decided" as const, at: AT, search: name, end: decided }] : []),
    ]),
    { type: "capacity_finished", at: AT + 96_000, end, reason, durationMs: 96_000 },
  ];
}

export function played(name: string, ask: SearchAsk, hold: Hold = (next) => fakeStep(ask, next)): Played {
  return { name, ask, ...playSearch(ask, hold) };
}

function found(): RunEvent[] {
  const sizes = [{ cpus: 0.5 }, { cpus: 1, nicBitsPerSecond: 64_000_000 }];
  const searches = [0.25, 0.5].map((cpus) => played(`${cpus} cores`, anAsk({ size: { cpus } })));
  const notes = ["the lab's own: cert and pkey, because the file names none"];
  return aLog(searches, { sizes, plan: A_PLAN, notes });
}

function quota(): RunEvent[] {
  const ask = anAsk({ room: { ...NO_ROOM, userQuota: 40, totalQuota: 100 } });
  const hold: Hold = (next) => {
    const step = fakeStep(ask, next);
    const held = Math.min(40, next.calls);
    const server = { ...step.server, cpuPercent: held / 10, throttledShare: 0, allocations: held };
    const refused = next.calls - held;
    return {
      ...step,
      held,
      connected: held,
      failures: Object.fromEntries(refused === 0 ? [] : [["turn_486", refused]]),
      packetsSent: held * 150,
      packetsLost: 0,
      roundTrip: times(2, held * 150),
      server,
    };
  };
  return aLog([played("0.25 cores", ask, hold)]);
}

function nic(): RunEvent[] {
  const size = { cpus: 2, nicBitsPerSecond: 10e6 };
  const ask = anAsk({ size });
  const hold: Hold = (next) => {
    const step = fakeStep({ ...ask, size: { cpus: 8 } }, next);
    const bits = step.server.txBitsPerSecond ?? 0;
    const isFull = bits > 9.9e6;
    const lost = isFull ? Math.round(step.packetsSent * 0.06) : 0;
    const onWire = Math.min(bits, 9.95e6);
    const server = {
      ...step.server,
      rxBitsPerSecond: onWire,
      txBitsPerSecond: onWire,
      wireDrops: lost,
      throttledShare: 0,
    };
    return { ...step, size, packetsLost: lost, roundTrip: times(isFull ? 44 : 3, 900), server };
  };
  return aLog([played("2 cores, 10 Mbit/s", ask, hold)]);
}

function generator(): RunEvent[] {
  const ask = anAsk({ size: { cpus: 2 } });
  const hold: Hold = (next) => {
    const step = fakeStep({ ...ask, size: { cpus: 8 } }, next);
    const isTired = next.calls > 600;
    const busiest = Math.min(99, next.calls / 6.2);
    return {
      ...step,
      size: { cpus: 2 },
      packetsSkipped: isTired ? Math.round(step.packetsSent / 12) : 0,
      server: { ...step.server, throttledShare: null },
      generator: {
        cpuPercent: busiest * 1.8,
        busiestWorkerPercent: busiest,
        workerWaitPercent: 0,
        receiveBufferErrors: 0,
      },
      machineIdlePercent: Math.max(1, 60 - next.calls / 12),
    };
  };
  return aLog([played("2 cores", ask, hold)], { plan: A_PLAN });
}

function neverPassed(): RunEvent[] {
  const ask = anAsk();
  const hold: Hold = ({ calls, holdMs, purpose }) =>
    aStep({
      calls,
      purpose,
      held: 0,
      connected: 0,
      durationMs: holdMs,
      failures: { turn_508: calls },
      connectTime: times(0, 0),
      roundTrip: times(0, 0),
      packetsSent: 0,
      server: aUse({ allocations: 0 }),
    });
  return aLog([played("0.25 cores", { ...ask, room: { ...NO_ROOM, relayPorts: 1 } }, hold)]);
}

function interrupted(): RunEvent[] {
  const whole = played("0.25 cores", anAsk());
  return aLog([{ ...whole, steps: whole.steps.slice(0, 2), end: null }], { end: "interrupted" });
}

function errored(): RunEvent[] {
  const whole = played("0.25 cores", anAsk());
  return aLog([{ ...whole, steps: whole.steps.slice(0, 1), end: null }], {
    end: "broke",
    reason: "the generator ended with exit code 137",
  });
}
