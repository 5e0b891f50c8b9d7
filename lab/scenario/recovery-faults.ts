import { DEFAULT_RECOVERY, DEFAULT_TRAFFIC } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isRecord, valueAt } from "./read.ts";

/** Faults of a recovery that could never come about. */
export function recoveryFaults(value: unknown): Fault[] {
  const recovery = valueAt(value, ["recovery"]);
  if (!isRecord(recovery)) return [];
  const { afterSilenceMs = DEFAULT_RECOVERY.afterSilenceMs } = recovery;
  const durationMs = valueAt(value, ["traffic", "durationMs"]) ?? DEFAULT_TRAFFIC.durationMs;
  const faults: Fault[] = [];
  if (
    typeof afterSilenceMs === "number" &&
    typeof durationMs === "number" &&
    durationMs > 0 &&
    afterSilenceMs >= durationMs
  ) {
    faults.push({
      place: "recovery.afterSilenceMs",
      expected: `less than traffic.durationMs, ${durationMs}: no call lasts long enough to fall silent`,
      found: `${afterSilenceMs}${recovery.afterSilenceMs === undefined ? ", the default" : ""}`,
      hint: "Let the calls last longer: traffic.durationMs.",
    });
  }
  if (valueAt(value, ["expectedPath"]) === "none") {
    faults.push({ place: "recovery", expected: "none where no call may connect", found: show(recovery) });
  }
  return faults;
}
