/**
 * Which pair the controlling agent nominates, and when (regular nomination, RFC 8445 section 8.1.1).
 *
 * A direct pair is taken as soon as it is valid. A relayed one must wait until the better pairs that are still being
 * checked have had their chance, but not for ever.
 */

/**
 * How long a valid relayed pair waits for a better one. Hole punching on a path that can work needs about one
 * round trip more than the relay; a path that cannot takes seconds to fail, and the user would wait for it.
 * pion waits 2 s (relay acceptance wait); libwebrtc takes the relay at once and switches later, which werift cannot.
 */
export const RELAY_ACCEPTANCE_WAIT_MS = 200;

/**
 * What a host or direct pair must have had before a relay is taken instead: time in check, and sends in it (0, 50,
 * 150 ms). Time alone would let a machine that stood still decide: it passes while nothing is sent, and the answer that
 * waits in the socket is read only after the timers. Counted from the check's start and not from the relay's, so that
 * a path which cannot work, whose checks start with the relay's, costs no more than this in all.
 */
export const DIRECT_CHANCE_MS = 250;
export const DIRECT_CHANCE_SENDS = 3;
/** The longest that a valid relayed pair waits for direct ones to have had their chance. */
export const DIRECT_CHANCE_LIMIT_MS = 1_000;

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
  /** When its first check was sent; null before. */
  checkedSinceMs: number | null;
  /** How often its check was sent. */
  sends: number;
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
  const validSinceMs = Math.min(...pairs.map((p) => (p.state === "valid" ? (p.validSinceMs ?? nowMs) : Infinity)));
  const waitedMs = nowMs - validSinceMs;
  if (waitedMs < (isSiblingPending ? BETTER_TRANSPORT_WAIT_MS : RELAY_ACCEPTANCE_WAIT_MS)) return null;
  const isDirectDue = pairs.some((p) => isPending(p) && !hasHadItsChance(p, nowMs));
  return isDirectDue && waitedMs < DIRECT_CHANCE_LIMIT_MS ? null : best;
}

/** Only pairs whose both ends are known not to be relays are owed one. */
function hasHadItsChance({ kind, checkedSinceMs, sends }: PairView, nowMs: number): boolean {
  if (kind !== "direct" && kind !== "host") return true;
  return checkedSinceMs !== null && nowMs - checkedSinceMs >= DIRECT_CHANCE_MS && sends >= DIRECT_CHANCE_SENDS;
}
