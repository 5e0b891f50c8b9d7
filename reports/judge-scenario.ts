import type { EventOf } from "../lab/model/events.ts";
import type { ScenarioStatus, ScenarioSummary } from "../lab/model/summary.ts";

export type Verdict = { status: ScenarioStatus; reason: string | null };

/** How the run around a scenario ended. */
export type RunEnd = "finished" | "interrupted" | "harness_killed";

type Evidence = Pick<ScenarioSummary, "expectedPath" | "sessions" | "violations" | "thresholds">;

/** Whether the scenario ran at all and to its end; null when it did, and its sessions decide. */
export function judgeEnd(started: boolean, end: EventOf<"scenario_finished"> | undefined, run: RunEnd): Verdict | null {
  if (end?.outcome === "errored") return { status: "errored", reason: end.reason ?? "the lab broke" };
  if (end?.outcome === "skipped") return { status: "skipped", reason: end.reason ?? "skipped" };
  if (!started && !end) return { status: "skipped", reason: NEVER_STARTED[run] };
  if (end?.outcome === "interrupted" || (!end && run === "interrupted"))
    return { status: "no_data", reason: "interrupted" };
  if (!end) return { status: "errored", reason: "the harness ended before the scenario did" };
  return null;
}

const NEVER_STARTED: Record<RunEnd, string> = {
  finished: "the run ended before it started",
  interrupted: "the run was interrupted before it started",
  harness_killed: "the harness ended before it started",
};

/** The verdict on a scenario whose load ran to its end. */
export function judgeSessions({ expectedPath, sessions, violations, thresholds }: Evidence): Verdict {
  const finished = sessions.connected + sessions.failed;
  const isBroken = Object.keys(violations).length > 0 || (expectedPath === "none" && sessions.connected > 0);
  if (isBroken || thresholds.some((t) => t.verdict === "failed")) return { status: "failed", reason: null };
  if (finished === 0) return { status: "no_data", reason: "no session finished" };
  const silent = thresholds.filter((t) => t.verdict === "no_data").map((t) => t.metric);
  if (silent.length > 0) return { status: "no_data", reason: `no samples of ${[...new Set(silent)].join(", ")}` };
  if (expectedPath === "none" && finished < sessions.started) {
    return {
      status: "no_data",
      reason: `${sessions.started - finished} of ${sessions.started} sessions never finished`,
    };
  }
  return { status: "passed", reason: null };
}
