/** Milliseconds of CLOCK_MONOTONIC, one for all processes of a machine. */
export function kernelMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
