import { durationMs } from "./duration.ts";
import type { Load } from "./load.ts";

/** A stretch of time in which iterations begin at a rate that rises or falls evenly; rates in iterations a ms. */
type Stretch = { durationMs: number; from: number; to: number };

/** The most iterations that are under way at once, where each lasts `lastsMs`; VUs that have nothing to do do not count. */
export function heldAtOnce(load: Load, lastsMs: number): number {
  switch (load.executor) {
    case "per-vu-iterations":
    case "constant-vus":
      return load.vus;
    case "shared-iterations":
      return Math.min(load.vus, load.iterations);
    case "ramping-vus":
      return Math.max(load.startVUs ?? 1, ...load.stages.map(({ target }) => target));
    default:
      return Math.min(load.maxVUs ?? load.preAllocatedVUs, mostWithin(stretchesOf(load), lastsMs));
  }
}

/** Most arrivals within any window of this length, of a load that keeps on arriving. */
export function arrivalsWithin(load: Load, windowMs: number, lastsMs: number): number {
  switch (load.executor) {
    case "constant-arrival-rate":
    case "ramping-arrival-rate":
      return mostWithin(stretchesOf(load), windowMs);
    case "per-vu-iterations":
      return load.vus * Math.min(load.iterations, roundsIn(windowMs, lastsMs));
    case "shared-iterations":
      return Math.min(load.iterations, load.vus * roundsIn(windowMs, lastsMs));
    case "constant-vus":
      return load.vus * roundsIn(Math.min(windowMs, durationMs(load.duration)), lastsMs);
    case "ramping-vus": {
      const totalMs = load.stages.reduce((sum, { duration }) => sum + durationMs(duration), 0);
      return heldAtOnce(load, lastsMs) * roundsIn(Math.min(windowMs, totalMs), lastsMs);
    }
  }
}

/** An iteration that lasts no time at all still takes its round trips. */
const LEAST_MS = 50;

const roundsIn = (windowMs: number, lastsMs: number) => Math.floor(windowMs / Math.max(LEAST_MS, lastsMs)) + 1;

function stretchesOf(load: Extract<Load, { executor: `${string}-arrival-rate` }>): Stretch[] {
  const unitMs = durationMs(load.timeUnit ?? "1s");
  if (load.executor === "constant-arrival-rate") {
    const rate = load.rate / unitMs;
    return [{ durationMs: durationMs(load.duration), from: rate, to: rate }];
  }
  let from = (load.startRate ?? 0) / unitMs;
  return load.stages.map(({ duration, target }) => {
    const stretch = { durationMs: durationMs(duration), from, to: target / unitMs };
    from = stretch.to;
    return stretch;
  });
}

const STEPS = 2_000;

function mostWithin(stretches: readonly Stretch[], windowMs: number): number {
  const totalMs = stretches.reduce((sum, { durationMs }) => sum + durationMs, 0);
  let most = 0;
  for (let step = 0; step <= STEPS; step++) {
    const until = (totalMs * step) / STEPS;
    most = Math.max(most, begunBy(stretches, until) - begunBy(stretches, until - windowMs));
  }
  return Math.round(most);
}

/** The area under the rate. */
function begunBy(stretches: readonly Stretch[], atMs: number): number {
  let begun = 0;
  let leftMs = atMs;
  for (const { durationMs, from, to } of stretches) {
    if (leftMs <= 0) break;
    const spentMs = Math.min(leftMs, durationMs);
    const rateThen = durationMs === 0 ? to : from + ((to - from) * spentMs) / durationMs;
    begun += ((from + rateThen) / 2) * spentMs;
    leftMs -= durationMs;
  }
  return begun;
}
