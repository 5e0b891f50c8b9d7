import { expect, it } from "vitest";
import type { GateStatus } from "../model/gate.ts";
import { seededRandom } from "../statistics/test-random.ts";
import { type PlayedGate, playGate } from "./test-gate.ts";

/** The verdict as a whole: ten kinds of calls, the load, and five metrics. Shares are of so many gates, with a seed of their own. */
const GATES = 150;
/** Where a share lies near to its bound. */
const MANY_GATES = 400;
const TEN = Array.from({ length: 10 }, (_, index) => `cell-${index}`);
/** Five per cent, and two deviations of the share of so many gates. */
const FIVE_PERCENT = 0.05 + 2 * Math.sqrt((0.05 * 0.95) / GATES);

function sharesOf(seed: number, given: Omit<PlayedGate, "cells">, gates = GATES): Record<GateStatus, number> {
  const random = seededRandom(seed);
  const shares: Record<GateStatus, number> = { passed: 0, failed: 0, undecided: 0, errored: 0, interrupted: 0 };
  for (let gate = 0; gate < gates; gate += 1) shares[playGate({ cells: TEN, ...given }, random).status] += 1 / gates;
  return shares;
}

it("fails hardly any change whose calls all connect at the good rate", { timeout: 60_000 }, () => {
  for (const hasBaseline of [true, false]) {
    const { failed, passed } = sharesOf(1, { rate: () => 0.99, hasBaseline });
    expect(failed).toBeLessThan(FIVE_PERCENT);
    expect(passed).toBeGreaterThan(0.9);
  }
});

it("passes few changes of which one kind of call connects at the bad rate", { timeout: 60_000 }, () => {
  const rate: PlayedGate["rate"] = (side, cell) => (side === "candidate" && cell === "cell-3" ? 0.95 : 0.99);
  for (const hasBaseline of [true, false])
    expect(sharesOf(2, { rate, hasBaseline }, MANY_GATES).passed).toBeLessThan(FIVE_PERCENT);
});

it("blames no candidate for a kind of call that is as bad before, whatever its rate", { timeout: 60_000 }, () => {
  for (const bad of [0.05, 0.5, 0.9]) {
    const { failed } = sharesOf(3, { rate: (_, cell) => (cell === "cell-3" ? bad : 0.995) });
    expect(failed, String(bad)).toBeLessThan(FIVE_PERCENT);
  }
});

it("excuses no candidate by a baseline that was bad, and less so by more than the margin", { timeout: 60_000 }, () => {
  const rate: PlayedGate["rate"] = (side, cell) => (cell === "cell-3" ? (side === "candidate" ? 0.35 : 0.6) : 0.995);
  expect(sharesOf(4, { rate }).passed).toBeLessThan(FIVE_PERCENT);
});

it("fails hardly any change whose metrics are worse by just the margin, however often it looks", {
  timeout: 60_000,
}, () => {
  for (const deviation of [0.05, 0.15, 0.4])
    expect(sharesOf(5, { rate: () => 0.995, ratio: 1.25, deviation }).failed, String(deviation)).toBeLessThan(
      FIVE_PERCENT,
    );
});

it("fails changes that double a metric, on a machine as quiet as a runner", { timeout: 60_000 }, () => {
  expect(sharesOf(6, { rate: () => 0.995, ratio: 2, deviation: 0.07 }).failed).toBeGreaterThan(0.95);
});
