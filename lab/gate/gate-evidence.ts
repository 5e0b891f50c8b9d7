import type { RunEvent } from "../model/events.ts";
import { eventsOf } from "../model/events-of.ts";
import { type CellCourse, GATE_SIDES, type GateCell, type GateEvidence, type GateFacts } from "../model/gate.ts";
import { logRatio } from "../statistics/sequential-test.ts";
import { isGoodCall } from "./cell-results.ts";
import { errorShares } from "./error-shares.ts";
import { gateFacts } from "./gate-facts.ts";

/** What a report shows of a gate beside its verdict, out of the events of its log; null where it is no gate's. Pure. */
export function gateEvidence(events: readonly RunEvent[]): GateEvidence | null {
  const facts = gateFacts(events);
  const [started] = eventsOf(events, "gate_started");
  if (!facts || !started) return null;
  const configs = GATE_SIDES.flatMap((side) => {
    const shown = started.sides[side]?.shown;
    return shown ? [[side, shown] as const] : [];
  });
  return {
    courses: facts.cells.flatMap((cell) => courseOf(cell, facts) ?? []),
    rounds: facts.rounds,
    configs: Object.fromEntries(configs),
  };
}

/** Null: nobody called. */
function courseOf({ id }: GateCell, { sides, profile, cells }: GateFacts): CellCourse | null {
  const { limits } = profile;
  const shares = errorShares(limits, cells.length, sides.baseline !== undefined);
  const courses = GATE_SIDES.flatMap((side) => {
    const calls = (sides[side]?.calls ?? []).filter(({ cell }) => cell === id);
    let succeeded = 0;
    const course = calls.map((call, index) => {
      if (isGoodCall(call, limits.connectTimeMs)) succeeded += 1;
      return logRatio({ calls: index + 1, succeeded }, limits.successRate);
    });
    return course.length === 0 ? [] : [[side, course] as const];
  });
  if (courses.length === 0) return null;
  return {
    cell: id,
    sides: Object.fromEntries(courses),
    goodAt: -Math.log(shares.good),
    badAt: Math.log(shares.fail),
  };
}
