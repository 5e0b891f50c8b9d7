/** Of the time so much may go into reading one thing. */
const SHARE_OF_TIME = 0.02;

/**
 * Reads what is dear to read as often as it may: the more a reading takes, the longer until the next. In between the last one holds.
 */
export class Seldom<T> {
  readonly #read: () => T;
  #last: { value: T } | undefined;
  #nextAtMs = 0;

  constructor(read: () => T) {
    this.#read = read;
  }

  value(): T {
    const startedAt = performance.now();
    if (this.#last && startedAt < this.#nextAtMs) return this.#last.value;
    this.#last = { value: this.#read() };
    const tookMs = performance.now() - startedAt;
    this.#nextAtMs = startedAt + tookMs / SHARE_OF_TIME;
    return this.#last.value;
  }
}
