import type { CapacityStep } from "../model/capacity.ts";
import type { Confirmation, NextStep, SearchAsk, SearchEndReason, StepPurpose } from "../model/capacity-search.ts";
import { judgeStep } from "./carries.ts";

/** Going up, and going down where the first guess was too much. */
const RAMP_FACTOR = 2;
/** Repetitions of one load after which the majority counts. */
const MOST_REPETITIONS = 3;

/** A knee stands on so many failures near it: a neighbour on the machine that is busy for a moment makes one, and sometimes two. */
const LEAST_FAILURES = 3;
const NEAR_FACTOR = 1.15;

type Standing = "carried" | "not_carried" | "no_verdict";
/** What is known of one load. */
type Load = {
  calls: number;
  counts: Record<Standing, number>;
  standing: Standing;
  /** Its repetitions say different things, and there were too few of them to tell. */
  isOpen: boolean;
  /** Measured more than once, and told. */
  isSettled: boolean;
  longest: { [S in Standing]?: number };
  deaths: number;
};

/**
 * The load to hold next, out of all that was measured: up by doubling from the first guess, then halving the bracket by ratio until it is
 * narrow, then holding longer on both sides of the knee. Pure: the same steps, the same answer. A load whose repetitions disagree, or
 * that failed where a higher one was carried, is held again, and the majority of three counts.
 */
export function nextStep(ask: SearchAsk, steps: readonly CapacityStep[]): NextStep {
  const loads = loadsOf(ask, steps);
  const { settings, most } = ask;
  const { holdMs, confirmMs } = settings;
  const step = (calls: number, purpose: StepPurpose, ms = holdMs): NextStep => {
    const spentMs = steps.reduce((sum, { durationMs, arrival }) => sum + durationMs + (arrival?.durationMs ?? 0), 0);
    if (steps.length >= settings.maxSteps || spentMs + ms > settings.budgetMs) {
      // Twice not made: more time had not made it.
      const isLab = loads.some(({ standing, isOpen }) => standing === "no_verdict" && !isOpen);
      return end(low && failing ? "unconfirmed" : isLab && !failing ? "generator" : "budget");
    }
    return { calls: Math.max(1, Math.min(most.calls, Math.round(calls))), purpose, holdMs: ms };
  };
  const { low, high } = bracketOf(loads);
  // A load above that the lab did make, and the server did not carry: then it is not the lab that binds in between.
  const failing = loads.find(({ standing, calls }) => standing === "not_carried" && calls > (low?.calls ?? 0)) ?? null;
  const end = (reason: SearchEndReason): NextStep => ({
    done: {
      reason,
      carried: low?.calls ?? null,
      notCarried: failing?.calls ?? null,
      below: confirmation(low, steps, ask, confirmMs),
      above: confirmation(failing, steps, ask, confirmMs),
      noise: loads.flatMap(describeNoise),
    },
  });

  const again = loads.find(({ isOpen }) => isOpen) ?? outOfOrder(loads);
  if (again) return step(again.calls, "search", Math.max(holdMs, ...Object.values(again.longest)));
  if (!high) {
    if (!low) return step(ask.firstGuess, "ramp");
    if (low.calls < most.calls) return step(low.calls * RAMP_FACTOR, "ramp");
    return (low.longest.carried ?? 0) >= confirmMs ? end("never_failed") : step(low.calls, "below", confirmMs);
  }
  if (!low) {
    if (high.calls > 1) return step(high.calls / RAMP_FACTOR, "ramp");
    if (!high.isSettled) return step(1, "ramp");
    return end(high.standing === "no_verdict" ? "generator" : "never_passed");
  }
  const isNarrow = high.calls - low.calls <= 1 || high.calls / low.calls - 1 <= settings.precision;
  if (!isNarrow) return step(between(low.calls, high.calls), "search");
  if ((low.longest.carried ?? 0) < confirmMs) return step(low.calls, "below", confirmMs);
  if (high.standing === "no_verdict") {
    if (!high.isSettled) return step(high.calls, "above", confirmMs);
    return end(failing ? "unconfirmed" : "generator");
  }
  if ((high.longest.not_carried ?? 0) < confirmMs) return step(high.calls, "above", confirmMs);
  return failuresNear(high.calls, loads) < LEAST_FAILURES ? step(high.calls, "above") : end("found");
}

/** Steps that were not carried at this load and just above it. */
function failuresNear(calls: number, loads: readonly Load[]): number {
  const near = loads.filter((load) => load.calls >= calls && load.calls <= Math.max(calls + 1, calls * NEAR_FACTOR));
  // Nor has a neighbour on the machine killed it.
  return near.reduce((sum, { counts, deaths }) => sum + counts.not_carried + deaths * LEAST_FAILURES, 0);
}

/** The middle by ratio, and neither end. */
function between(low: number, high: number): number {
  return Math.min(high - 1, Math.max(low + 1, Math.round(Math.sqrt(low * high))));
}

function loadsOf(ask: SearchAsk, steps: readonly CapacityStep[]): Load[] {
  const byCalls = Map.groupBy(steps, ({ calls }) => calls);
  return [...byCalls]
    .sort(([a], [b]) => a - b)
    .map(([calls, held]) => {
      const counts: Load["counts"] = { carried: 0, not_carried: 0, no_verdict: 0 };
      const longest: Load["longest"] = {};
      let deaths = 0;
      for (const one of held) {
        const { verdict } = judgeStep(one, ask);
        counts[verdict] += 1;
        // A server that died has not to be held longer to be sure of it.
        const heldMs = one.server.isAlive ? one.durationMs : Math.max(one.durationMs, ask.settings.confirmMs);
        longest[verdict] = Math.max(longest[verdict] ?? 0, heldMs);
        if (!one.server.isAlive) deaths += 1;
      }
      const told = counts.carried + counts.not_carried;
      // What the generator could not make once it may make the next time: then that counts.
      const standing: Standing =
        told === 0 ? "no_verdict" : counts.carried > counts.not_carried ? "carried" : "not_carried";
      const isSplit = counts.carried > 0 && counts.not_carried > 0;
      const isOpen =
        (told === 0 && counts.no_verdict < 2) || (isSplit && (told < MOST_REPETITIONS || told % 2 === 0) && told < 6);
      return { calls, counts, standing, isOpen, isSettled: !isOpen && held.length + deaths > 1, longest, deaths };
    });
}

/** The highest load that was carried below the lowest that was not, and that one. */
function bracketOf(loads: readonly Load[]): { low: Load | null; high: Load | null } {
  const high = loads.find(({ standing }) => standing !== "carried") ?? null;
  const below = loads.filter(({ standing, calls }) => standing === "carried" && calls < (high?.calls ?? Infinity));
  return { low: below.at(-1) ?? null, high };
}

/** A load that was not carried below one that was, as long as either was held only once: the lower one first. */
function outOfOrder(loads: readonly Load[]): Load | null {
  const failed = loads.find(({ standing }) => standing === "not_carried");
  const higher = failed && loads.find(({ standing, calls }) => standing === "carried" && calls > failed.calls);
  if (!failed || !higher) return null;
  return [failed, higher].find(({ isSettled }) => !isSettled) ?? null;
}

function confirmation(
  load: Load | null,
  steps: readonly CapacityStep[],
  ask: SearchAsk,
  confirmMs: number,
): Confirmation | null {
  const held = steps.filter(
    ({ calls, durationMs, server }) => calls === load?.calls && (durationMs >= confirmMs || !server.isAlive),
  );
  if (!load || held.length === 0) return null;
  const carried = held.filter((one) => judgeStep(one, ask).verdict === "carried").length;
  return { calls: load.calls, holdMs: confirmMs, carried, held: held.length };
}

function describeNoise({ calls, counts: { carried, not_carried } }: Load): string[] {
  if (carried === 0 || not_carried === 0) return [];
  return [`${calls} calls were carried ${carried} of ${carried + not_carried} times.`];
}
