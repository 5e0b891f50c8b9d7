import type { UrlReport } from "../../model/events.ts";
import type { FailureCode } from "../../model/failure.ts";
import type { Failure } from "../protocol.ts";
import { parseIceUrl } from "./turn-url.ts";

/** How far a session got before it ended. */
export type Stage = "ice" | "dtls" | "data";

export type FailureFacts = {
  stage: Stage;
  reason: "failed" | "timeout";
  urls: readonly UrlReport[];
  /** Answers to CreatePermission and ChannelBind on this peer's allocations. */
  permissions: { granted: number; refused: Failure[] };
};

/** Silence says less than an answer: where one transport was answered, the unanswered ones do not hide it. */
const SILENT: readonly FailureCode[] = ["turn_no_answer", "turn_connect_failed"];

function isTurn(url: UrlReport): boolean {
  const parsed = parseIceUrl(url.url);
  return !("kind" in parsed) || parsed.kind === "turn";
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

/** Why this peer's session failed: the TURN server's refusal where that explains it, else the stage reached. */
export function chooseFailure({ stage, reason, urls, permissions }: FailureFacts): Failure {
  const seconds = "before the session's time limit";
  if (stage === "data")
    return { code: "data_failed", message: "The channel opened, but data did not arrive at both ends." };
  if (stage === "dtls")
    return { code: "dtls_failed", message: "A pair was selected, but the DTLS handshake did not finish." };
  const turn = commonTurnFailure(urls);
  if (turn) return turn;
  const [refused] = permissions.refused;
  if (refused && permissions.granted === 0) return refused;
  if (reason === "timeout")
    return { code: "session_timeout", message: `ICE neither selected a pair nor failed ${seconds}.` };
  return { code: "ice_failed", message: `No candidate pair answered${summarize(urls)}.` };
}

function summarize(urls: readonly UrlReport[]): string {
  const failed = urls.flatMap((u) => (u.failure ? [`${u.url}: ${u.failure.message}`] : []));
  return failed.length > 0 ? ` (${failed.join("; ")})` : "";
}
