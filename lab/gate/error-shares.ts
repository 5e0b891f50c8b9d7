import { DIFFERENCE_METRICS } from "../model/gate.ts";
import type { GateLimits } from "../model/gate-profile.ts";

/**
 * What one decision may contribute to the error rates of the whole verdict.
 *
 * A verdict "pass" needs every cell to be good, so it is wrong no oftener than the one bad cell is taken for good
 * (intersection-union test, Berger 1982): no correction by the number of cells. A verdict "fail" needs only one decision of
 * many: its rate is shared out over all of them (Bonferroni). A tenth of the rate for "pass" is for fault that is taken for
 * the baseline's as well.
 */
export type ErrorShares = {
  /** Of taking a bad cell for good. */
  good: number;
  /** Of each decision that would fail the gate. */
  fail: number;
  /** Of each cell of the baseline that would excuse the candidate's. */
  excuse: number;
};

const EXCUSE_SHARE = 0.1;

export function errorShares(
  { errorRate }: Pick<GateLimits, "errorRate">,
  cells: number,
  hasBaseline: boolean,
): ErrorShares {
  const metrics = hasBaseline ? Object.keys(DIFFERENCE_METRICS).length : 0;
  return {
    good: hasBaseline ? errorRate.pass * (1 - EXCUSE_SHARE) : errorRate.pass,
    fail: errorRate.fail / Math.max(1, cells + metrics),
    excuse: (errorRate.pass * EXCUSE_SHARE) / Math.max(1, cells),
  };
}
