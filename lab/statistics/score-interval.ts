/** 97.5th percentile of the standard normal distribution: two sides of 95 %. */
const Z95 = 1.959963984540054;

/**
 * The Wilson score interval of a share (Wilson 1927), by default of 95 %. Unlike the normal approximation it stays inside 0 to 1
 * and has a width at 0 of n and n of n. `n` is above 0.
 */
export function scoreInterval(successes: number, n: number, z = Z95): [number, number] {
  const share = successes / n;
  const z2 = z ** 2;
  const centre = share + z2 / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  // At both ends the formula gives exactly 0 and 1, but for rounding.
  const low = successes === 0 ? 0 : (centre - half) / scale;
  const high = successes === n ? 1 : (centre + half) / scale;
  return [low, high];
}
