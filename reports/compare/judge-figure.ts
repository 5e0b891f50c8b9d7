import { leastShown, repeatSpread } from "../../lab/statistics/repeat-spread.ts";
import type { Figure } from "./comparison.ts";
import type { FigureSpec } from "./figures.ts";
import type { ScenarioFacts } from "./run-facts.ts";

/** `isOneSetup`: only chance and the machine tell the two apart, and no difference between them has a meaning. */
export type Circumstances = {
  repeated: readonly (readonly ScenarioFacts[])[];
  isSameMachine: boolean;
  isOneSetup: boolean;
};

/** One figure of two runs, with what may be said of its difference. `repeated`: groups of runs that only chance tells apart. */
export function judgeFigure(
  spec: FigureSpec,
  before: ScenarioFacts,
  after: ScenarioFacts,
  { repeated, isSameMachine, isOneSetup }: Circumstances,
): Figure {
  const [was, is] = [spec.value(before), spec.value(after)];
  const base = {
    name: spec.name,
    kind: spec.kind,
    unit: spec.unit,
    before: was,
    after: is,
    samples: { before: spec.samples(before), after: spec.samples(after) },
  };
  const nothing = { difference: null, interval: null, repeats: null, leastShown: null, meaning: null };
  if (was === null || is === null) {
    const note = was === null ? "the reference has no samples of it" : "this run has no samples of it";
    return { ...base, ...nothing, verdict: "not_told", note };
  }
  const difference = is - was;
  if (spec.kind !== "share" && !isSameMachine)
    return { ...base, ...nothing, difference, verdict: "not_comparable", note: "made on different machines" };
  const { interval, note } = spec.interval(before, after);
  const repeats = spreadOf(spec, repeated);
  const intervals = [
    interval,
    repeats === null ? null : ([difference - repeats, difference + repeats] as const),
  ].filter((one) => one !== null);
  const told = { ...base, difference, interval, repeats };
  if (intervals.length === 0) return { ...told, leastShown: null, verdict: "not_told", meaning: null, note };
  // Where all samples are equal there is nothing to tell from.
  const least = Math.max(...intervals.map(leastShown)) || null;
  if (intervals.some(([low, high]) => low <= 0 && high >= 0)) {
    const isChance = interval === null || (interval[0] <= 0 && interval[1] >= 0);
    const why = isChance ? null : "repeated runs of one set-up differ by as much";
    return { ...told, leastShown: least, verdict: "none_shown", meaning: null, note: why };
  }
  const verdict = difference > 0 ? "higher" : "lower";
  if (isOneSetup)
    return {
      ...told,
      leastShown: least,
      verdict,
      meaning: null,
      note: "both are of one set-up: this is the machine's",
    };
  const opposite = spec.more === "better" ? "worse" : "better";
  const meaning = spec.more === null ? null : verdict === "higher" ? spec.more : opposite;
  return { ...told, leastShown: least, verdict, meaning, note: null };
}

/** Null too where repeated runs came to the very same: a figure that comes in steps has no spread to go by. */
function spreadOf({ value }: FigureSpec, repeated: readonly (readonly ScenarioFacts[])[]): number | null {
  const spread = repeatSpread(repeated.map((group) => group.map(value).filter((one) => one !== null)));
  return spread === 0 ? null : spread;
}
