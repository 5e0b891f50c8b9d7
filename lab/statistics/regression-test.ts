/** Rates that a candidate with a fault may have: none of its calls, half of them, most; and that of a baseline without one. */
const FAULTY = [0.05, 0.5, 0.9];
const SOUND = 0.99;

/**
 * How strongly pairs of calls, one of the candidate's and one of the baseline's each, speak for the candidate being worse: an
 * e-value against "both have the same rate", whatever that rate is (Turner, Ly and Grünwald 2024, two samples in blocks
 * of one and one). It may be looked at after every pair; that it ever reaches 1 / e has a probability of at most e. The
 * average over several alternatives is one again. With a candidate that never connects and a sound baseline six pairs reach 600.
 */
export function regressionEvidence(candidate: readonly boolean[], baseline: readonly boolean[]): number {
  const pairs = Math.min(candidate.length, baseline.length);
  const evidences = FAULTY.map((rate) => {
    const same = (rate + SOUND) / 2;
    let log = 0;
    for (let index = 0; index < pairs; index += 1) {
      const [worse, better] = [candidate[index] === true, baseline[index] === true];
      log +=
        Math.log(chance(worse, rate) * chance(better, SOUND)) - Math.log(chance(worse, same) * chance(better, same));
    }
    return Math.exp(log);
  });
  return evidences.reduce((sum, evidence) => sum + evidence, 0) / evidences.length;
}

const chance = (isGood: boolean, rate: number): number => (isGood ? rate : 1 - rate);
