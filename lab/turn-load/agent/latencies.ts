import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";

/** More than any limit that a client has. */
const HIGHEST_US = 120_000_000;

/** Durations of one kind, recorded in milliseconds and kept in microseconds with three significant digits. */
export class Latencies {
  readonly #histogram: Histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_US,
    numberOfSignificantValueDigits: 3,
  });

  record(durationMs: number): void {
    this.#histogram.recordValue(Math.min(Math.max(0, Math.round(durationMs * 1_000)), HIGHEST_US));
  }

  add(encoded: string | null): void {
    if (encoded !== null) this.#histogram.add(decodeFromCompressedBase64(encoded, 32));
  }

  /** All that was recorded since the last time, in HdrHistogram's V2 as base64; null: nothing was. */
  take(): string | null {
    if (this.#histogram.totalCount === 0) return null;
    const encoded = encodeIntoCompressedBase64(this.#histogram);
    this.#histogram.reset();
    return encoded;
  }
}
