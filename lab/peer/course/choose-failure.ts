import type { UrlReport } from "../../model/events.ts";
import type { FailureCode } from "../../model/failure.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import type { Failure } from "../protocol.ts";

/** How far a session got before it ended. */
export type Stage = "ice" | "dtls" | "sctp" | "data" | "media";

export type FailureFacts = {
  stage: Stage;
  reason: "failed" | "timeout";
  urls: readonly UrlReport[];
  /** A relay was gathered, though it is not known from which URL: then no URL's failure explains the session's. */
  hasRelay?: boolean;
  /** Answers to CreatePermission and ChannelBind on this peer's allocations. */
  permissions: { granted: number; refused: Failure[] };
  /**
   * At the time limit: both ends have told all their candidates, and each pair was asked often enough and never answered.
   * Engines that go on asking for half a minute would not say so themselves in time.
   */
  isAnswerless?: boolean;
};

/** Silence says less than an answer: where one transport was answered, the unanswered ones do not hide it. */
const SILENT: readonly FailureCode[] = ["turn_no_answer", "turn_connect_failed", "stun_no_answer"];

function isTurn(url: UrlReport): boolean {
  const parsed = parseIceUrl(url.url);
  return !("kind" in parsed) || parsed.kind === "turn";
}

/** What the ICE servers say about a failed session: why they gave this peer nothing to be reached at, or null. */
export function serversFailure({ urls, hasRelay = false }: Pick<FailureFacts, "urls" | "hasRelay">): Failure | null {
  if (hasRelay) return null;
  return commonTurnFailure(urls) ?? stunFailure(urls);
}

/**
 * Why a peer that relied on STUN alone learned nothing: it was given STUN URLs and every one failed. Its pairs then
 * failed for want of a candidate, not because the networks have no common path. Where TURN URLs were tried too, they
 * speak: with a relay there was a candidate, and without one their reasons are in the message.
 */
function stunFailure(urls: readonly UrlReport[]): Failure | null {
  if (urls.some(isTurn)) return null;
  const failures = urls.flatMap((u) => (u.failure ? [u.failure] : []));
  if (failures.length < urls.length) return null;
  const telling = failures.find((f) => !SILENT.includes(f.code)) ?? failures[0];
  return telling ? { code: telling.code, message: `No STUN server gave an address${summarize(urls)}.` } : null;
}

/** The one reason why no TURN URL gave a relay, or null when one did or the reasons differ. */
function commonTurnFailure(urls: readonly UrlReport[]): Failure | null {
  const turn = urls.filter(isTurn);
  if (turn.length === 0 || turn.some((u) => u.outcome === "ok")) return null;
  const failures = turn.flatMap((u) => (u.failure ? [u.failure] : []));
  const answered = failures.filter((f) => !SILENT.includes(f.code));
  // An unfinished URL may still have worked, unless another transport was already refused.
  if (answered.length === 0 && failures.length < turn.length) return null;
  const candidates = answered.length > 0 ? answered : failures;
  const [first] = candidates;
  return first && candidates.every((f) => f.code === first.code) ? first : null;
}

/** Why this peer's session failed: what the ICE servers said where that explains it, else the stage reached. */
export function chooseFailure(facts: FailureFacts): Failure {
  const { stage, reason, urls, permissions, isAnswerless } = facts;
  const seconds = "before the session's time limit";
  if (stage === "media")
    return { code: "media_failed", message: "Data arrived at both ends, but not each kind of media did." };
  if (stage === "data")
    return { code: "data_failed", message: "The channel opened, but data did not arrive at both ends." };
  if (stage === "dtls")
    return { code: "dtls_failed", message: "A pair was selected, but the DTLS handshake did not finish." };
  if (stage === "sctp")
    return { code: "sctp_failed", message: "DTLS connected, but the data channel's SCTP association did not start." };
  const servers = serversFailure(facts);
  if (servers) return servers;
  const [refused] = permissions.refused;
  if (refused && permissions.granted === 0) return refused;
  if (reason === "timeout" && !isAnswerless)
    return { code: "session_timeout", message: `ICE neither selected a pair nor failed ${seconds}${summarize(urls)}.` };
  return { code: "ice_failed", message: `No candidate pair answered${summarize(urls)}.` };
}

function summarize(urls: readonly UrlReport[]): string {
  const failed = urls.flatMap((u) => (u.failure ? [`${u.url}: ${u.failure.message}`] : []));
  return failed.length > 0 ? ` (${failed.join("; ")})` : "";
}
