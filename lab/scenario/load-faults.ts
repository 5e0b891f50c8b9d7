import type { Fault } from "./fault.ts";
import { valueAt } from "./read.ts";

const MAX_SESSIONS = 10_000;

/** Faults of the load that no single number has. */
export function loadFaults(value: unknown): Fault[] {
  const executor = valueAt(value, ["load", "executor"]);
  const vus = valueAt(value, ["load", "vus"]);
  const iterations = valueAt(value, ["load", "iterations"]);
  if (!isCount(vus) || !isCount(iterations)) return [];
  const isShared = executor === "shared-iterations";
  // `iterations` is each VU's own number, or that of all together (k6: docs, executors).
  const sessions = isShared ? iterations : vus * iterations;
  const faults: Fault[] = [];
  if (isShared && iterations < vus) {
    faults.push({
      place: "load.iterations",
      expected: `at least one for each of the ${vus} VUs that share them`,
      found: String(iterations),
    });
  }
  if (sessions > MAX_SESSIONS) {
    const found = isShared ? `${sessions}` : `${vus} × ${iterations} = ${sessions}`;
    faults.push({ place: "load", expected: `at most ${MAX_SESSIONS} sessions`, found });
  }
  return faults;
}

/** Within the range that the structure allows; else that fault is told already. */
function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_SESSIONS;
}
