import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeResult } from "../model/probe.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { type Outcome, TurnQuestions } from "./turn-questions.ts";

export const QUOTA_QUESTIONS = {
  "user-quota": {
    id: "user-quota",
    group: "quota",
    title: "Allocations that one user gets",
    expected: "486 at some number",
    severity: "note",
    reason: "One user, or one leaked credential, can take all relay ports and all bandwidth.",
    fix: "user-quota and total-quota, as many as calls need",
    affects: null,
    option: "user-quota",
  },
} as const satisfies Record<string, Question>;

export type Quota = { granted: number; ended: Outcome | "maximum"; durationMs: number };

/** Takes up to `maximum` allocations, each from a 5-tuple of its own, until one is refused; gives all of them back. */
export async function countAllocations(
  target: ProbeTarget,
  credential: ProbeCredential | null,
  maximum: number,
  limits: ProbeLimits,
  signal: AbortSignal | null = null,
): Promise<Quota> {
  const startedAt = performance.now();
  const held: TurnQuestions[] = [];
  let ended: Quota["ended"] = "maximum";
  try {
    while (held.length < maximum) {
      const turn = await TurnQuestions.open(target, credential, limits, signal);
      const { outcome } = await turn
        .ask("Allocate", [{ name: "REQUESTED-TRANSPORT", value: 17 }])
        .catch(async (error) => {
          await turn.close();
          throw error;
        });
      if (outcome === "success") {
        held.push(turn);
        continue;
      }
      await turn.close();
      ended = outcome;
      break;
    }
    return { granted: held.length, ended, durationMs: performance.now() - startedAt };
  } finally {
    await Promise.all(held.map((turn) => turn.close()));
  }
}

/** Held by a quota for up to a second after they were given back: what was asked before must not count. */
const SETTLE_MS = 1_200;

export function askQuota(
  target: ProbeTarget,
  credential: ProbeCredential | null,
  maximum: number,
  limits: ProbeLimits,
): Promise<ProbeResult[]> {
  return fillSheet(QUOTA_QUESTIONS, target.url, limits, async (sheet) => {
    await sleep(SETTLE_MS, null, { signal: sheet.signal });
    const { granted, ended, durationMs } = await countAllocations(target, credential, maximum, limits, sheet.signal);
    if (granted === 0) throw new Error(`no allocation: ${ended}`);
    sheet.tell("user-quota", {
      observed: ended === "maximum" ? `none within ${granted}` : `${ended} after ${granted}`,
      verdict: ended === 486 ? "ok" : ended === "maximum" ? "unclear" : "weak",
      ...(ended === "maximum" ? { why: "no more were asked for" } : {}),
      measured: { allocations: granted },
      durationMs,
    });
  });
}
