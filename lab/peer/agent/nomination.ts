/**
 * Which pair the controlling agent nominates, and when (regular nomination, RFC 8445 section 8.1.1).
 *
 * A direct pair is taken as soon as it is valid. A relayed one must wait for the better pairs that are still
 * being checked, but not for ever.
 */

/**
 * How long a valid relayed pair waits for a better one. Hole punching on a path that can work needs about one
 * round trip more than the relay; a path that cannot takes seconds to fail, and the user would wait for it.
 * pion waits 2 s (relay acceptance wait); libwebrtc takes the relay at once and switches later, which werift cannot.
 */
export const RELAY_ACCEPTANCE_WAIT_MS = 200;

export type PairView = {
  state: "waiting" | "in-progress" | "valid" | "failed";
  /**
   * `unknown`: the far address was learned from a check and not signalled yet (prflx). It may turn out to be the
   * far peer's relayed address, so it waits like one.
   */
  kind: "host" | "direct" | "relayed" | "unknown";
  validSinceMs: number | null;
};

/** Index of the pair to nominate now, or null. `pairs` are in priority order, highest first (RFC 8445 6.1.2.3). */
export function chooseNominee(
  pairs: readonly PairView[],
  nowMs: number,
  areMoreCandidatesExpected: boolean,
): number | null {
  const firstValid = (kind: PairView["kind"]) => pairs.findIndex((p) => p.state === "valid" && p.kind === kind);
  for (const kind of ["host", "direct"] as const) {
    const index = firstValid(kind);
    if (index >= 0) return index;
  }
  const best = pairs.findIndex((p) => p.state === "valid");
  if (best < 0) return null;
  const isBetterPending = pairs.some(
    (p, index) =>
      (p.state === "waiting" || p.state === "in-progress") &&
      (index < best || p.kind === "direct" || p.kind === "host"),
  );
  if (!isBetterPending && !areMoreCandidatesExpected) return best;
  const validSinceMs = Math.min(...pairs.map((p) => (p.state === "valid" ? (p.validSinceMs ?? nowMs) : Infinity)));
  return nowMs - validSinceMs >= RELAY_ACCEPTANCE_WAIT_MS ? best : null;
}
