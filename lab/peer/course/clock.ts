/** A timer of Node, or a page's. */
export type Timer = ReturnType<typeof setTimeout>;

let now = (): number => performance.now();

/** Milliseconds on the clock of this process, or on the kernel's where an agent has said so (`useClock`). */
export function monotonicMs(): number {
  return now();
}

/** Agents report by CLOCK_MONOTONIC, which is one for all processes of a machine; `performance.now` counts from anywhere. */
export function useClock(clock: () => number): void {
  now = clock;
}
