import type { EndEvidence, Evidence } from "../model/evidence.ts";

/** `unknown`: nothing in it says how the call ended. */
export type CallOutcome = "failed" | "dropped" | "connected" | "unknown";

/** How the call of the evidence ended, as far as its ends say; the worst that one of them says. */
export function callOutcome({ ends }: Pick<Evidence, "ends">): CallOutcome {
  const outcomes = ends.map(endOutcome);
  return (["dropped", "failed", "connected"] as const).find((one) => outcomes.includes(one)) ?? "unknown";
}

function endOutcome(end: EndEvidence): CallOutcome {
  const states = [...end.iceStates, ...end.connectionStates].map(({ state }) => state);
  const hasConnected = end.wasConnected === true || states.some((state) => /^(connected|completed)$/.test(state));
  // The last word of each: what went wrong in between and was mended is no failure.
  const last = [end.iceStates, end.connectionStates].map((list) =>
    list.findLast(({ state }) => state !== "closed" && state !== "new"),
  );
  const isLost = last.some((entry) => entry !== undefined && /^(failed|disconnected)$/.test(entry.state));
  if (end.failure !== null || isLost || end.wasConnected === true) return hasConnected ? "dropped" : "failed";
  const isUp = last.some((entry) => entry !== undefined && /^(connected|completed)$/.test(entry.state));
  const hasDtls = end.dtlsStates.at(-1);
  // ICE is up, and DTLS never came to its end.
  if (isUp && hasDtls !== undefined && /^(connecting|failed)$/.test(hasDtls.state)) return "failed";
  if (isUp && end.connectionStates.at(-1)?.state === "connecting") return "failed";
  if (isUp || (end.selectedPair !== null && (end.bytesReceived ?? 0) > 0)) return "connected";
  // It was still checking when somebody gave up.
  return states.includes("checking") ? "failed" : "unknown";
}

/** `failed` where ICE says so, else the last that it said of itself; null where nothing is told. */
export function lastIceState({ iceStates, connectionStates }: EndEvidence): string | null {
  const isWord = ({ state }: { state: string }) => state !== "closed";
  return iceStates.findLast(isWord)?.state ?? connectionStates.findLast(isWord)?.state ?? null;
}
