import { describe, expect, it } from "vitest";
import { CONTROL, undisturbed, withControls } from "./controls.ts";
import { failedCall, testCall, times } from "./test-facts.ts";

const LIMIT_MS = 5_000;
const control = (round: number) => testCall({ cell: CONTROL.id, round });

describe("controls", () => {
  it("are among the calls of a turn, the first and the last too", () => {
    const turn = withControls(Array.from({ length: 40 }, (_, index) => `call-${index}`));
    expect(turn.filter((cell) => cell !== CONTROL.id)).toHaveLength(40);
    expect(turn.flatMap((cell, index) => (cell === CONTROL.id ? [index] : []))).toEqual([0, 17, 34, 43]);
    expect(withControls([])).toEqual([]);
  });

  it("leave nothing of a round in which one failed, or was late, and nothing out of any other", () => {
    for (const bad of [failedCall({ cell: CONTROL.id, round: 2 }), { ...control(2), connectTimeMs: LIMIT_MS + 1 }]) {
      const calls = [...times(6, testCall()), control(1), control(2), bad, failedCall({ round: 3 }), control(3)];
      const left = undisturbed(calls, LIMIT_MS);
      expect(left.disturbed).toEqual([2]);
      expect(left.calls.map(({ cell, round, isGood }) => [cell, round, isGood])).toEqual([
        ...Array.from({ length: 3 }, () => ["home", 1, true]),
        ["home", 3, false],
      ]);
    }
  });

  it("are no calls of the gate's where all went well", () => {
    const calls = [control(1), testCall(), failedCall(), control(1)];
    expect(undisturbed(calls, LIMIT_MS)).toEqual({ calls: calls.slice(1, 3), disturbed: [] });
  });
});
