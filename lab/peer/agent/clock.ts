/** Monotonic milliseconds on the kernel's clock, the same in every process of one machine. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
