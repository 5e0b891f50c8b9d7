import { setTimeout as sleep } from "node:timers/promises";
import type { ProbeResult } from "../model/probe.ts";
import { attribute } from "../stun/message.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { TurnQuestions } from "./turn-questions.ts";

/** Below it a lost Refresh ends a call: libwebrtc refreshes at half of what is shorter than two minutes. */
const MIN_LIFETIME_S = 60;
const GROUP = { group: "protocol", affects: "users in long calls" } as const;

export const LIFETIME_QUESTIONS = {
  "allocation-lifetime": {
    ...GROUP,
    id: "allocation-lifetime",
    title: "The lifetime that an Allocate gets which asks for none",
    expected: `at least ${MIN_LIFETIME_S} s (RFC 8656 section 3.2: 600 s)`,
    severity: "error",
    reason: "Clients renew allocations before they end; one lost Refresh is then the end of a call.",
    fix: "max-allocate-lifetime=3600",
    option: "max-allocate-lifetime",
  },
  refresh: {
    ...GROUP,
    id: "refresh",
    title: "A Refresh of an allocation",
    expected: "success",
    severity: "error",
    reason: "No call lasts longer than the first lifetime.",
    fix: null,
    option: null,
  },
  "nonce-lifetime": {
    ...GROUP,
    id: "nonce-lifetime",
    title: "A Refresh with the first nonce, some seconds later",
    expected: "success",
    severity: "warning",
    reason:
      "A nonce this short makes clients ask twice, and those that ignore 438 lose their calls (pion/turn#102, webrtc-rs#542).",
    fix: "stale-nonce=600",
    option: "stale-nonce",
  },
} as const satisfies Record<string, Question>;

/** Holds one allocation for `holdMs`. */
export function askLifetimes(
  target: ProbeTarget,
  credential: ProbeCredential | null,
  holdMs: number,
  limits: ProbeLimits,
): Promise<ProbeResult[]> {
  return fillSheet(LIFETIME_QUESTIONS, target.url, { ...limits, groupMs: limits.groupMs + holdMs }, async (sheet) => {
    await using turn = await TurnQuestions.open(target, credential, limits, sheet.signal);
    const allocated = await turn.allocate();
    if (allocated.outcome !== "success" || !allocated.message) {
      throw new Error(`no allocation: ${allocated.outcome} ${allocated.why}`.trim());
    }
    const nonce = turn.challenge?.nonce;
    const seconds = attribute(allocated.message, "LIFETIME");
    sheet.tell("allocation-lifetime", {
      observed: seconds === undefined ? "no LIFETIME" : `${seconds} s`,
      verdict: seconds !== undefined && seconds >= MIN_LIFETIME_S ? "ok" : "weak",
      ...(seconds === undefined ? {} : { measured: { lifetimeSeconds: seconds } }),
      durationMs: allocated.durationMs,
    });
    const refreshed = await turn.ask("Refresh", []);
    sheet.tell("refresh", {
      observed: String(refreshed.outcome),
      verdict: refreshed.outcome === "success" ? "ok" : refreshed.outcome === "none" ? "unclear" : "weak",
      durationMs: refreshed.durationMs,
    });
    if (nonce === undefined) return sheet.skip("nonce-lifetime", "the server asks for no credential");
    const startedAt = performance.now();
    await sleep(holdMs, null, { signal: sheet.signal });
    const again = await turn.ask("Refresh", [], { nonce });
    const isStale = again.outcome === 438;
    sheet.tell("nonce-lifetime", {
      observed: isStale ? `438 after ${(holdMs / 1000).toFixed(1)} s` : String(again.outcome),
      verdict: again.outcome === "success" ? "ok" : isStale ? "weak" : "unclear",
      measured: { heldMs: holdMs },
      durationMs: performance.now() - startedAt,
    });
  });
}
