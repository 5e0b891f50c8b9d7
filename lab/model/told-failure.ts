import { isBrowser, type PeerEngine } from "./engine.ts";
import type { FailureCode } from "./failure.ts";

/** How a page hears of a TURN server that it cannot reach, whatever stood between: 701, and no word of why. */
const UNREACHED: readonly FailureCode[] = [
  "turn_no_answer",
  "turn_connect_failed",
  "turn_tls_failed",
  "proxy_refused",
  "proxy_unauthorized",
  "proxy_failed",
];

/** How a session ends in which nothing connects and nothing else is told: `session_timeout` where ICE still hopes. */
const WITHOUT_PATH: Readonly<Record<PeerEngine, readonly FailureCode[]>> = {
  werift: [],
  chromium: ["session_timeout"],
  firefox: ["ice_failed"],
};

/**
 * What a session of these engines may fail with where `cause` is what stands in its way: the cause itself, and what is left of
 * it where an engine does not tell its page. Never a cause that is another one.
 */
export function toldFailures(cause: FailureCode, engines: readonly PeerEngine[]): FailureCode[] {
  const isUnreached = UNREACHED.includes(cause);
  const untold = isUnreached && engines.some(isBrowser) ? (["turn_connect_failed"] as const) : [];
  const withoutPath = isUnreached || cause === "ice_failed" ? engines.flatMap((engine) => WITHOUT_PATH[engine]) : [];
  return [...new Set([cause, ...untold, ...withoutPath])];
}
