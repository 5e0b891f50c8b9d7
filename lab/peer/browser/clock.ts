/** Milliseconds of CLOCK_MONOTONIC, one for all processes of a machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
