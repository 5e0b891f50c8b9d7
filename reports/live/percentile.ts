/**
 * As `lab/statistics` has it, for a page that has no libraries: linear interpolation at rank p (n - 1) of values in any
 * order, null when there are none.
 */
export function percentileOf(values: readonly number[], percent: number): number | null {
  const ascending = values.toSorted((a, b) => a - b);
  const rank = (percent / 100) * (ascending.length - 1);
  const low = ascending[Math.floor(rank)];
  const high = ascending[Math.ceil(rank)];
  if (low === undefined || high === undefined) return null;
  return low + (high - low) * (rank - Math.floor(rank));
}
