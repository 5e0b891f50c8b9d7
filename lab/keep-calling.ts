import { setTimeout as sleep } from "node:timers/promises";
import type { StartedLab } from "./lab-up.ts";
import { type Call, type CallNeeds, type MadeSession, makeCall, type Where } from "./make-call.ts";
import { DEFAULT_RECOVERY, DEFAULT_TRAFFIC } from "./model/scenario.ts";

/** Between a call that did not connect and the next in its place, as applications do who do not want to knock a door in. */
const NEXT_TRY_PAUSE_MS = 500;

type Needs = CallNeeds & {
  /** A number that no session of this scenario has had. */
  nextSession: () => number;
};

/**
 * Makes one call, and where its scenario recovers by `new-call`, another in the place of one that fell silent: at once, for
 * what is left of its time, and again while it does not connect, until `withinMs` after the silence was noticed. Each has
 * less to do than the one before it, and one that has hardly anything left is the last.
 */
export async function keepCalling(lab: StartedLab, call: Call, where: Omit<Where, "session">, needs: Needs) {
  const { signal, nextSession } = needs;
  let latest = call;
  let made = await makeCall(lab, latest, { ...where, session: nextSession() }, needs);
  // Those in its place are due when they begin.
  const { dueAt: _, ...again } = needs;
  for (let silence = silenceOf(latest, made); silence; silence = silenceOf(latest, made)) {
    const { untilAt, traffic } = silence;
    const replaced = { session: silence.session, silentAt: silence.silentAt };
    latest = { ...call, traffic };
    while (!signal.aborted) {
      made = await makeCall(lab, latest, { ...where, session: nextSession() }, again, replaced);
      if (made?.finished.outcome !== "failed" || Date.now() + NEXT_TRY_PAUSE_MS >= untilAt) break;
      await sleep(NEXT_TRY_PAUSE_MS, undefined, { signal }).catch(() => {});
    }
    if (signal.aborted) return;
  }
}

/** Of a session that was given up for a new one: since when it was silent, what is left to do, and until when. */
function silenceOf({ recovery, traffic = DEFAULT_TRAFFIC }: Call, made: MadeSession | null) {
  if (!made || recovery?.by !== "new-call" || !made.finished.dropped) return null;
  const { finished, startedAt } = made;
  if (finished.replaces && traffic.durationMs <= DEFAULT_TRAFFIC.durationMs) return null;
  const last = finished.recoveries?.at(-1);
  if (!last?.isSilence || last.noticedAfterMs === null) return null;
  const spentMs = finished.at - startedAt - (finished.timings.connect_time ?? 0);
  const durationMs = Math.max(DEFAULT_TRAFFIC.durationMs, traffic.durationMs - spentMs);
  return {
    session: finished.session,
    silentAt: last.at,
    untilAt: last.at + last.noticedAfterMs + (recovery.withinMs ?? DEFAULT_RECOVERY.withinMs),
    traffic: { ...traffic, durationMs },
  };
}
