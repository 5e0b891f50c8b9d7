/**
 * Runs scenarios whose sessions fail, and prints what coming to their diagnoses took of the run: for each scenario the time in
 * which at least one session was being looked at, over the time that the scenario took without it. Everything beside that is
 * done while the load goes on, so it is the most that a run can be longer for it.
 *
 *     node scripts/bench-diagnosis.ts [SCENARIO...]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { $ } from "zx";
import type { EventOf, EventType } from "../lab/model/events.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { LOG_FILE, readRunLog } from "../reports/run-log.ts";

/** No TURN server in the list; a secret that the server does not take any more; relay ports that nobody lets in. */
const DEFAULT = ["cgnat-stun-only", "tour-guide-stale", "relay-range-blocked"];

const names = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT;
const folder = mkdtempSync(join(tmpdir(), "turnlab-bench-"));
await $({ cwd: PROJECT_ROOT, nothrow: true, quiet: true })`./turnlab run ${names} --parallel 1 --out ${folder}`;
const events = readRunLog(join(folder, LOG_FILE));
rmSync(folder, { recursive: true });

const of = <T extends EventType>(type: T) => events.filter((event): event is EventOf<T> => event.type === type);
let [lookedMs, otherMs] = [0, 0];
for (const { scenario, durationMs } of of("scenario_finished")) {
  const sessions = of("session_finished").filter((event) => event.scenario === scenario);
  const spans = sessions.flatMap(({ at, diagnosisMs }) => (diagnosisMs === undefined ? [] : [[at, at + diagnosisMs]]));
  const ms = coveredMs(spans);
  const own = sessions.filter(({ diagnosisMs, diagnosedAs }) => diagnosisMs !== undefined && diagnosedAs === undefined);
  console.log(
    `${scenario}: ${spans.length} sessions diagnosed, ${own.length} looked at, ${ms.toFixed(0)} ms of ` +
      `${durationMs.toFixed(0)} ms, ratio ${(durationMs / (durationMs - ms)).toFixed(3)}`,
  );
  lookedMs += ms;
  otherMs += durationMs - ms;
}
console.log(`ratio with/without diagnosis, all together: ${((lookedMs + otherMs) / otherMs).toFixed(3)}`);

/** How long at least one of them lasted. */
function coveredMs(spans: readonly number[][]): number {
  let [covered, until] = [0, Number.NEGATIVE_INFINITY];
  for (const [from = 0, to = 0] of spans.toSorted(([a = 0], [b = 0]) => a - b)) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
}
