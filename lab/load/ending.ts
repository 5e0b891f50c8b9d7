import { durationMs } from "../model/duration.ts";

const DEFAULT_GRACEFUL_STOP = "30s";
const DEFAULT_MAX_DURATION = "10m";

/** When a load ends, by k6's defaults where it does not say. */
export function endingOf({
  gracefulStop = DEFAULT_GRACEFUL_STOP,
  maxDuration = DEFAULT_MAX_DURATION,
}: {
  gracefulStop?: string;
  maxDuration?: string;
}): { gracefulStopMs: number; maxDurationMs: number } {
  return { gracefulStopMs: durationMs(gracefulStop), maxDurationMs: durationMs(maxDuration) };
}
