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

/**
 * How long a valid relayed pair waits for one of the same legs over a better transport (UDP before TCP before TLS).
 * Both have their allocations, so the better one works where the path does; on a busy machine it may only be late, and
 * the lab's load must not decide which transport a call takes.
 */
export const BETTER_TRANSPORT_WAIT_MS = 1_000;

export type PairView = {
  state: "waiting" | "in-progress" | "valid" | "failed";
  /**
   * `unknown`: the far address was learned from a check and not signalled yet (prflx). It may turn out to be the
   * far peer's relayed address, so it waits like one.
   */
  kind: "host" | "direct" | "relayed" | "unknown";
  /** Both ends' candidate types, local first: `relay-srflx`. */
  legs: string;
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
  const isPending = ({ state }: PairView) => state === "waiting" || state === "in-progress";
  const isSiblingPending = pairs.some((p, index) => index < best && isPending(p) && p.legs === pairs[best]?.legs);
  const isBetterPending = pairs.some(
    (p, index) => isPending(p) && (index < best || p.kind === "direct" || p.kind === "host"),
  );
  if (!isBetterPending && !areMoreCandidatesExpected) return best;
  const waitMs = isSiblingPending ? BETTER_TRANSPORT_WAIT_MS : RELAY_ACCEPTANCE_WAIT_MS;
  const validSinceMs = Math.min(...pairs.map((p) => (p.state === "valid" ? (p.validSinceMs ?? nowMs) : Infinity)));
  return nowMs - validSinceMs >= waitMs ? best : null;
}
