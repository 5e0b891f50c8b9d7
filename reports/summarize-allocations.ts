import type { EventOf } from "../lab/model/events.ts";
import type { AllocationSummary, ScenarioSummary } from "../lab/model/summary.ts";
import { statistics } from "../lab/statistics/statistics.ts";
import { sumOf } from "./allocation-samples.ts";

type Measured = EventOf<"allocations_measured">;

/** What a load of raw TURN clients came to, all stretches together; null where the scenario is none. */
export function summarizeAllocations(isOne: boolean, measured: readonly Measured[]): AllocationSummary | null {
  if (!isOne) return null;
  const sum = (of: (one: Measured) => number) => measured.reduce((total, one) => total + of(one), 0);
  const perSecond = (of: (one: Measured) => number) =>
    measured.filter(({ durationMs }) => durationMs > 0).map((one) => (of(one) * 1_000) / one.durationMs);
  return {
    started: sum(({ started }) => started),
    allocated: sum(({ allocated }) => allocated),
    ended: sum(({ ended }) => ended),
    interrupted: sum(({ interrupted }) => interrupted),
    failures: countAll(measured.map(({ failed }) => failed)),
    losses: countAll(measured.map(({ lostBy }) => lostBy)),
    mostHeld: measured.length === 0 ? null : Math.max(...measured.map(({ held }) => held)),
    arrival: arrivalOf(measured),
    packets: {
      sent: sum(({ packetsSent }) => packetsSent),
      received: sum(({ packetsReceived }) => packetsReceived),
      lost: sum(({ packetsLost }) => packetsLost),
      skipped: sum(({ packetsSkipped }) => packetsSkipped),
    },
    sentPerSecond: statistics(
      perSecond(({ packetsSent }) => packetsSent).filter((rate) => rate > 0),
      "packet/s",
    ),
    bitsPerSecond: statistics(
      perSecond(({ bytesSent }) => bytesSent * 8).filter((rate) => rate > 0),
      "bit/s",
    ),
    generator: {
      cpuPercent: statistics(
        measured.map(({ cpuPercent }) => cpuPercent),
        "percent",
      ),
      busiestWorkerPercent: statistics(
        measured.map(({ busiestWorkerPercent }) => busiestWorkerPercent),
        "percent",
      ),
      workerWaitPercent: statistics(
        measured.map(({ workerWaitPercent }) => workerWaitPercent),
        "percent",
      ),
      memoryBytes: statistics(
        measured.map(({ memoryBytes }) => memoryBytes),
        "bytes",
      ),
      receiveBufferErrors: measured.length === 0 ? null : sum(({ receiveBufferErrors }) => receiveBufferErrors),
    },
  };
}

function arrivalOf(measured: readonly Measured[]): AllocationSummary["arrival"] {
  const first = measured.findIndex(({ started }) => started > 0);
  const last = measured.findLastIndex(({ allocated }) => allocated > 0);
  if (first < 0 || last < first) return null;
  const span = measured.slice(first, last + 1);
  return {
    allocated: span.reduce((sum, { allocated }) => sum + allocated, 0),
    durationMs: span.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

/** Its iterations, as sessions are counted. */
export function sessionsOf({ started, allocated, failures, losses }: AllocationSummary): ScenarioSummary["sessions"] {
  return { started, connected: allocated, failed: sumOf(failures), dropped: sumOf(losses) };
}

function countAll(all: readonly Record<string, number>[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [code, count] of all.flatMap((one) => Object.entries(one))) counts[code] = (counts[code] ?? 0) + count;
  return counts;
}
