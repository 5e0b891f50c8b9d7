import type { FailureCode } from "../model/failure.ts";
import type { CellResult, CellTally, GateCall, GateCell, GateFacts, GateSide } from "../model/gate.ts";
import { statistics } from "../statistics/statistics.ts";
import { errorShares } from "./error-shares.ts";
import { judgeCell } from "./judge-cell.ts";

/** A call is good when it connected in time, carried its data, and broke no expectation. */
export function isGoodCall({ isGood, connectTimeMs }: GateCall, limitMs: number): boolean {
  return isGood && connectTimeMs !== null && connectTimeMs <= limitMs;
}

export type CalledSides = Pick<GateFacts, "cells" | "profile"> & {
  sides: Partial<Record<GateSide, { calls: readonly GateCall[] }>>;
};

/** What came of each cell on both sides, so far or at the end. */
export function cellResults({ cells, profile, sides }: CalledSides): CellResult[] {
  const { candidate, baseline } = sides;
  const shares = errorShares(profile.limits, cells.length, baseline !== undefined);
  const limitMs = profile.limits.connectTimeMs;
  return cells.map((cell): CellResult => {
    const own = callsOf(cell, candidate?.calls ?? []);
    const other = baseline ? callsOf(cell, baseline.calls) : null;
    const outcomes = (calls: readonly GateCall[]) => calls.map((call) => isGoodCall(call, limitMs));
    const judged = judgeCell(
      {
        candidate: outcomes(own),
        baseline: other ? outcomes(other) : null,
        rounds: own.map(({ round }) => round),
      },
      profile.limits,
      shares,
    );
    return {
      ...cell,
      candidate: tally(own, judged.candidate, limitMs),
      baseline: other ? tally(other, judged.baseline ?? "undecided", limitMs) : null,
      verdict: judged.verdict,
    };
  });
}

function callsOf({ id }: GateCell, calls: readonly GateCall[]): GateCall[] {
  return calls.filter(({ cell }) => cell === id);
}

function tally(calls: readonly GateCall[], decision: CellTally["decision"], limitMs: number): CellTally {
  const succeeded = calls.filter((call) => isGoodCall(call, limitMs)).length;
  const times = calls.flatMap(({ connectTimeMs }) => (connectTimeMs === null ? [] : [connectTimeMs]));
  return {
    calls: calls.length,
    succeeded,
    rate: calls.length === 0 ? null : succeeded / calls.length,
    decision,
    failures: count(calls.map(({ failure }) => failure)),
    causes: count(calls.map(({ cause }) => cause)),
    connectTime: statistics(times, "ms"),
  };
}

function count(codes: readonly (FailureCode | null)[]): Partial<Record<FailureCode, number>> {
  const found = codes.filter((code) => code !== null);
  return Object.fromEntries([...Map.groupBy(found, (code) => code)].map(([code, list]) => [code, list.length]));
}
