import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { formatCount, formatDuration, formatMs } from "./format.ts";

/** What each change that was made did to the calls, a row each; its first cell is the time that stands at the change itself. */
export function aftermathTable({ changes }: Pick<ScenarioSummary, "changes">): { head: string[]; rows: string[][] } {
  return {
    head: ["", "calls under way", "hit", "recovered", "recovery med ms", "p(95)", "max", "next call up after ms"],
    rows: changes.flatMap(({ atMs, aftermath }) => {
      if (atMs === null || aftermath === null) return [];
      const { underWay, hit, recovered, recoveryTime, nextConnectedAfterMs } = aftermath;
      return [
        [
          `at ${formatDuration(atMs)}`,
          formatCount(underWay),
          formatCount(hit),
          formatCount(recovered),
          ...[recoveryTime.med, recoveryTime["p(95)"], recoveryTime.max, nextConnectedAfterMs].map(formatMs),
        ],
      ];
    }),
  };
}
