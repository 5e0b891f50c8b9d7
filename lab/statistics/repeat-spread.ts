import jStat from "jstat";
import { sampleVariance } from "simple-statistics";

/**
 * How far one figure of two runs of the same set-up may lie apart, at that confidence: Student's interval of the difference of two single
 * values, of the spread within groups of runs that only chance tells apart, pooled. Null where no group has two.
 */
export function repeatSpread(groups: readonly (readonly number[])[], confidence = 0.95): number | null {
  const repeated = groups.filter(({ length }) => length > 1);
  const freedom = repeated.reduce((sum, { length }) => sum + length - 1, 0);
  if (freedom === 0) return null;
  const squares = repeated.reduce((sum, group) => sum + sampleVariance([...group]) * (group.length - 1), 0);
  return jStat.studentt.inv((1 + confidence) / 2, freedom) * Math.sqrt((2 * squares) / freedom);
}

/** The difference that would have been shown in four of five comparisons of this many samples, by an interval of 95 % this wide. */
export function leastShown([low, high]: readonly [number, number]): number {
  return ((high - low) / 2) * (1 + jStat.normal.inv(0.8, 0, 1) / jStat.normal.inv(0.975, 0, 1));
}
