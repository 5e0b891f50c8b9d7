import { setTimeout as sleep } from "node:timers/promises";
import { gateCall } from "../gate/gate-facts.ts";
import { loadTraffic } from "../gate/machine-faults.ts";
import type { SessionFinished } from "../model/events.ts";
import type { GateCell, GateRound } from "../model/gate.ts";
import type { GateProfile } from "../model/gate-profile.ts";
import { ROLES } from "../model/scenario.ts";
import { percentile, sorted } from "../statistics/statistics.ts";
import type { StartedSide } from "./gate-side.ts";

export const LOAD_CELL = "load";

/** Every call of a load carries data for so long, counted from when it is up. */
const CALL_MS = 1_200;
/** Calls set out one after the other: all at once they would measure this machine's handshakes. */
const SET_OUT_INTERVAL_MS = 40;
/** More calls at once than these say nothing more of what one call costs. */
const MEASURED_CALLS = 20;

/** How many calls at once the rounds that are measured have. */
export function measuredCalls({ concurrentCalls }: Pick<GateProfile, "concurrentCalls">): number {
  return Math.min(concurrentCalls, MEASURED_CALLS);
}

/** The cell of a load's calls, beside those of the matrix: whoever calls while the server is as busy as the profile says. */
export function loadCells(
  cells: readonly GateCell[],
  { concurrentCalls }: Pick<GateProfile, "concurrentCalls">,
): GateCell[] {
  const pair = cells.find(({ far }) => far === "relayed");
  const atOnce = measuredCalls({ concurrentCalls });
  return pair && atOnce > 1 ? [{ ...pair, id: LOAD_CELL, who: `users while ${atOnce} calls run at once` }] : [];
}

/**
 * So many calls at once on one side, both ends relayed, and what they cost its server. What it spends idle (`idleShare` of a core)
 * is taken out. Null: it was interrupted.
 */
export async function makeLoad(
  side: StartedSide,
  cell: GateCell,
  given: { round: number; calls: number; bitsPerSecond: number; idleShare: number },
  signal: AbortSignal,
): Promise<{ measured: GateRound; finished: SessionFinished[] } | null> {
  const { round, calls, bitsPerSecond, idleShare } = given;
  const traffic = loadTraffic({ bitsPerSecond }, CALL_MS);
  const from = await side.server.mark();
  const made = await Promise.all(
    Array.from({ length: calls }, async (_, index) => {
      await sleep(index * SET_OUT_INTERVAL_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return null;
      const options = { round, vu: index + 1, iteration: round, traffic };
      return side.call(cell, options, signal);
    }),
  );
  const until = await side.server.mark();
  const finished = made.filter((session) => session !== null);
  if (signal.aborted || finished.length < calls) return null;
  const spent = side.server.between(from, until);
  const connected = finished.filter(({ outcome }) => outcome === "connected");
  const good = finished.filter((session) => gateCall(session, 0).isGood);
  return {
    finished,
    measured: {
      round,
      side: side.side,
      calls,
      succeeded: good.length,
      connectTimeMs: percentile(sorted(connected.flatMap(({ timings }) => timings.connect_time ?? [])), 50),
      cpuPerCallMs:
        spent && connected.length > 0 ? (spent.cpuMs - idleShare * spent.durationMs) / connected.length : null,
      deliveryShare: deliveryOf(connected),
    },
  };
}

/** Messages received out of messages sent, both directions together. */
function deliveryOf(sessions: readonly SessionFinished[]): number | null {
  const sum = (of: "messagesSent" | "messagesReceived") =>
    sessions.flatMap(({ peers }) => ROLES.map((role) => peers[role][of])).reduce((total, count) => total + count, 0);
  const sent = sum("messagesSent");
  return sent === 0 ? null : sum("messagesReceived") / sent;
}
