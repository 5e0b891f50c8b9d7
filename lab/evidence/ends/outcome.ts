import type { EndEvidence } from "../../model/evidence.ts";

/** The worse first: what somebody sends is sent for the call that failed. */
const OUTCOMES = ["lost", "failed", "never connected", "not told", "connected"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** How a call ended by what its ends say, the worse of them. */
export const callOutcome = (ends: readonly EndEvidence[]): Outcome =>
  OUTCOMES.find((outcome) => ends.some((end) => endOutcome(end) === outcome)) ?? "not told";

export const byOutcome = (some: readonly EndEvidence[], others: readonly EndEvidence[]): number =>
  OUTCOMES.indexOf(callOutcome(some)) - OUTCOMES.indexOf(callOutcome(others));

function endOutcome({
  iceStates,
  connectionStates,
  dtlsStates,
  failure,
  wasConnected,
  selectedPair,
  ...end
}: EndEvidence): Outcome {
  if (wasConnected) return "lost";
  const words = (list: readonly { state: string }[]) =>
    list.map(({ state }) => state).filter((one) => one !== "closed");
  const [ice, connection, dtls] = [iceStates, connectionStates, dtlsStates].map(words);
  if (failure || ice?.at(-1) === "failed" || connection?.at(-1) === "failed" || dtls?.at(-1) === "failed")
    return "failed";
  // ICE alone is no connection.
  const last = connection?.at(-1) ?? (dtls?.at(-1) === "connecting" ? "connecting" : ice?.at(-1));
  if (last === undefined || last === "new") {
    if (selectedPair && (end.bytesReceived ?? 0) > 0) return "connected";
    return end.pairs.some(({ state }) => state === "failed") && !selectedPair ? "failed" : "not told";
  }
  if (last !== "connected" && last !== "completed") return "never connected";
  // Up, and silent: that is what may be asked about.
  return end.bytesReceived === 0 ? "not told" : "connected";
}
