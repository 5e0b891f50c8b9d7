/** The little of jstat that is used here; the package brings no types. */
declare module "jstat" {
  const jStat: {
    /** Student's t: the value that a share `p` of the distribution lies below. */
    studentt: { inv(p: number, degreesOfFreedom: number): number };
    /** The same of a normal distribution. */
    normal: { inv(p: number, mean: number, deviation: number): number };
    /** The probability of at most `k` successes in `n` trials. */
    binomial: { cdf(k: number, n: number, p: number): number };
  };
  export default jStat;
}
