import type { GateCall, GateCell } from "../model/gate.ts";
import { isGoodCall } from "./cell-results.ts";

/**
 * Calls that need nothing of the server under test: the far end is called by a peer on the internet, directly. Where one fails, the machine or the
 * lab stood still, and nothing that its side's calls did in that round says anything.
 */
export const CONTROL: GateCell = {
  id: "control",
  network: "home",
  who: "nobody",
  urls: [],
  far: "any",
  option: null,
};

/** So many calls of a turn to one control: what holds up calls for longer than these take meets one. */
const CALLS_PER_CONTROL = 16;

/** The calls of a turn with controls among them, the first and the last one too. */
export function withControls(turn: readonly string[]): string[] {
  if (turn.length === 0) return [];
  return [
    ...turn.flatMap((cell, index) => (index % CALLS_PER_CONTROL === 0 ? [CONTROL.id, cell] : [cell])),
    CONTROL.id,
  ];
}

/** What is left of a side's calls: `disturbed` are the rounds of which nothing counts. */
export function undisturbed(calls: readonly GateCall[], limitMs: number): { calls: GateCall[]; disturbed: number[] } {
  const controls = calls.filter(({ cell }) => cell === CONTROL.id);
  const disturbed = new Set(controls.filter((call) => !isGoodCall(call, limitMs)).map(({ round }) => round));
  return {
    calls: calls.filter(({ cell, round }) => cell !== CONTROL.id && !disturbed.has(round)),
    disturbed: [...disturbed],
  };
}
