import { plural } from "../render/format.ts";
import type { RunComparison } from "./comparison.ts";

/** What a reader has to know of all these figures together. */
export function describeChance(comparisons: readonly RunComparison[], runs: number): string[] {
  const figures = comparisons.flatMap(({ scenarios }) => scenarios.flatMap((scenario) => scenario.figures));
  const judged = figures.filter(({ verdict }) => verdict !== "not_told" && verdict !== "not_comparable");
  const isRepeated = judged.some(({ repeats }) => repeats !== null);
  return [
    "An interval that contains 0 is no proof that nothing changed: no difference was shown, and one smaller than what is named beside it would mostly not have been.",
    ...(judged.length > 1
      ? [
          `${plural(judged.length, "figure")} held against each other at 95 %: where nothing changed, about ${Math.max(1, Math.round(judged.length / 20))} of them would still be shown to differ by chance.`,
        ]
      : []),
    ...(judged.length > 0
      ? [
          isRepeated
            ? "Where runs of one set-up were repeated, a difference is shown only if it is beyond what those differ by."
            : `Intervals are of chance among the calls of ${runs === 2 ? "both" : "the"} runs. A machine is faster at one time than at another: how far runs of one set-up lie apart, and so whether load differs, is told where some are repeated and given, too.`,
        ]
      : []),
    ...(comparisons.some(({ isSameMachine }) => !isSameMachine)
      ? [
          "Timings and load of different machines are not comparable: they are shown, and nothing is said of their difference.",
        ]
      : figures.length > 0
        ? [
            "A log does not name its machine: of equal size and architecture counts as the same. Hold timings of one machine against each other only.",
          ]
        : []),
  ];
}
