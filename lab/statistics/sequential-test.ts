import type { GateLimits } from "../model/gate-profile.ts";

export type Decision = "good" | "bad" | "undecided";

/** Calls so far, and those of them that were good. */
export type Tally = { calls: number; succeeded: number };

/**
 * Wald's sequential probability ratio test of a rate: at most `bad` against at least `good`. The ratio of likelihoods is a
 * martingale under either, so that it ever reaches 1 / e has a probability of at most e (Ville 1939): one may look as often as
 * one likes, and stop when one likes. At 0.95 against 0.99 and 5 % it takes 73 calls without a failure to be good; more with
 * failures, each of which costs as much as 39 successes bring.
 *
 * `errors.good`: the probability of saying good of what is bad; `errors.bad`: of saying bad of what is good.
 */
export function sequentialDecision(
  { calls, succeeded }: Tally,
  rates: GateLimits["successRate"],
  errors: { good: number; bad: number },
): Decision {
  const ratio = logRatio({ calls, succeeded }, rates);
  if (ratio >= -Math.log(errors.good)) return "good";
  return ratio <= Math.log(errors.bad) ? "bad" : "undecided";
}

/** How many more calls without a failure it takes until the decision is "good". */
export function callsToGood(tally: Tally, rates: GateLimits["successRate"], goodError: number): number {
  const missing = -Math.log(goodError) - logRatio(tally, rates);
  return Math.max(0, Math.ceil(missing / Math.log(rates.good / rates.bad) - 1e-9));
}

/** Logarithm of how much likelier the calls are at the good rate than at the bad one. */
export function logRatio({ calls, succeeded }: Tally, { bad, good }: GateLimits["successRate"]): number {
  const success = Math.log(good / bad);
  const failure = good === 1 ? Number.NEGATIVE_INFINITY : Math.log((1 - good) / (1 - bad));
  const failed = calls - succeeded;
  return succeeded * success + (failed === 0 ? 0 : failed * failure);
}
