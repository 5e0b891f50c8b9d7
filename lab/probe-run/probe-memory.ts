import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../resident-bytes.ts";
import { relaysGone, relaysHeld } from "./probe-quotas.ts";
import { anyTarget, type ProbedLab, type ProbeSetting } from "./probe-setting.ts";

/** Steps that are counted; the one before them also takes what a server takes once. */
const STEPS = 5;
const MOST_PER_STEP = 10;
/** From the first on; all steps together take a third of it, where nobody else wants the machine. */
const HOLD_MS = 2_500;
const ALLOCATED_WITHIN_MS = 1_000;
const LOOK_AGAIN_MS = 20;

export type MemoryMeasured = { bytesPerAllocation: number[]; allocationsPerStep: number };

/**
 * What a server that nobody has used takes for each allocation: resident memory after each of some steps of allocations, all of
 * them held until the last. Of a server that was used before it cannot be told: what others gave back is taken again, unseen.
 * Empty where no credential opens it, or its quota leaves too few allocations.
 */
export async function measureMemory(setting: ProbeSetting): Promise<MemoryMeasured> {
  const { lab, probing, server, open, targets, limits } = setting;
  const target = anyTarget(targets);
  const pid = lab.pids[server.name];
  const allocationsPerStep = Math.min(MOST_PER_STEP, Math.floor((2 * probing.profile.concurrentCalls) / (STEPS + 1)));
  const bytesPerAllocation: number[] = [];
  if (!target || !open || pid === undefined || allocationsPerStep < 1)
    return { bytesPerAllocation, allocationsPerStep };
  const before = await relaysHeld(lab, server);
  const { url: _, ...where } = target;
  const holding: Promise<unknown>[] = [];
  const startedAt = performance.now();
  let [held, last] = [before, null as number | null];
  try {
    for (let step = 0; step <= STEPS; step += 1) {
      // Earlier steps must not be given back before the last.
      const holdMs = HOLD_MS - (performance.now() - startedAt);
      if (holdMs <= 0) break;
      const credentials = Array.from({ length: allocationsPerStep }, (_, index) => open(`memory-${step}-${index}`));
      holding.push(
        lab.observer.ask("hold-allocations", {
          ...where,
          credentials,
          mostRefused: 1,
          holdMs,
          timeoutMs: limits.timeoutMs,
        }),
      );
      held += allocationsPerStep;
      if (!(await areHeld(lab, server, held))) break;
      const resident = await residentBytes(lab, pid);
      if (resident === null) break;
      if (last !== null) bytesPerAllocation.push(Math.max(0, resident - last) / allocationsPerStep);
      last = resident;
    }
  } finally {
    await Promise.allSettled(holding);
    await relaysGone(lab, server, before);
  }
  return { bytesPerAllocation, allocationsPerStep };
}

async function areHeld(lab: ProbedLab, server: Parameters<typeof relaysHeld>[1], wanted: number): Promise<boolean> {
  const until = performance.now() + ALLOCATED_WITHIN_MS;
  while (performance.now() < until) {
    if ((await relaysHeld(lab, server)) >= wanted) return true;
    await sleep(LOOK_AGAIN_MS);
  }
  return false;
}
