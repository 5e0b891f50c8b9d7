import type { SessionFinished } from "../lab/model/events.ts";

/** One silence: whose, since when (Unix ms), and how long until data flowed again, in that session or in one in its place. */
export type Silence = { session: number; at: number; recoveredAfterMs: number | null };

/** Every silence of the finished sessions, in their order. */
export function collectSilences(finished: readonly SessionFinished[]): Silence[] {
  const replacements = new Map<number, number>();
  for (const { replaces } of finished) {
    // Several may have been tried; at most one of them came to data.
    if (replaces && replaces.recoveredAfterMs !== null) replacements.set(replaces.session, replaces.recoveredAfterMs);
  }
  return finished.flatMap(({ session, recoveries = [] }) => {
    const silences = recoveries.filter(({ isSilence }) => isSilence);
    return silences.map(({ at, recoveredAfterMs }, index) => {
      const isLast = index === silences.length - 1;
      const replaced = isLast ? (replacements.get(session) ?? null) : null;
      return { session, at, recoveredAfterMs: recoveredAfterMs ?? replaced };
    });
  });
}
