import { DEFAULT_SESSION_TIMEOUT_MS } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";

/** Faults of a signalling that does nothing, or with which no call can come to what the scenario expects. */
export function signallingFaults(value: unknown): Fault[] {
  const signalling = valueAt(value, ["signalling"]);
  if (!isRecord(signalling)) return [];
  const { delayMs = 0, loss = 0, drops, losesEarlyCandidates = false } = signalling;
  const faults: Fault[] = [];
  if (delayMs === 0 && loss === 0 && drops === undefined && losesEarlyCandidates === false) {
    const expected = "something that it does: a delayMs, a loss, drops, or losesEarlyCandidates with a delayMs";
    faults.push({ place: "signalling", expected, found: show(signalling) });
  }
  if (losesEarlyCandidates === true && delayMs === 0) {
    faults.push({
      place: "signalling.losesEarlyCandidates",
      expected: "a delayMs beside it: descriptions take that long, and what overtakes them is early",
      found: "none",
    });
  }
  if (Array.isArray(drops) && new Set(drops).size < drops.length) {
    faults.push({ place: "signalling.drops", expected: "each kind once", found: show(drops) });
  }
  const path = valueAt(value, ["expectedPath"]);
  const isPathExpected = path === "local" || path === "direct" || path === "relayed";
  if (!isPathExpected) return faults;
  const none = `expectedPath "none", for no call can connect then`;
  if (loss === 1) faults.push({ place: "signalling.loss", expected: `less than 1, or ${none}`, found: "1" });
  if (Array.isArray(drops) && drops.length > 0)
    faults.push({ place: "signalling.drops", expected: none, found: `expectedPath ${show(path)}` });
  const timeoutMs = valueAt(value, ["sessionTimeoutMs"]) ?? DEFAULT_SESSION_TIMEOUT_MS;
  if (typeof delayMs === "number" && typeof timeoutMs === "number" && 2 * delayMs >= timeoutMs) {
    faults.push({
      place: "signalling.delayMs",
      expected: `less than half of sessionTimeoutMs, ${timeoutMs}, for an offer and its answer, or ${none}`,
      found: show(delayMs),
    });
  }
  return faults;
}
