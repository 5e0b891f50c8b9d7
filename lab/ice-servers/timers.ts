/** Waits that end with their owner, and reject with the signal. */
export class Timers implements Disposable {
  readonly #signal: AbortSignal;
  readonly #cleanups: (() => void)[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  after(delayMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    const onAbort = () => reject(this.#signal.reason);
    if (this.#signal.aborted) onAbort();
    this.#signal.addEventListener("abort", onAbort);
    this.#cleanups.push(() => {
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", onAbort);
    });
    promise.catch(() => {}); // Of several that were raced, nobody listens to the slower ones.
    return promise;
  }

  [Symbol.dispose](): void {
    for (const cleanup of this.#cleanups) cleanup();
  }
}
