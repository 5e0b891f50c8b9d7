import type { EventOf, NodeRole } from "../lab/model/events.ts";
import type { FailureCode } from "../lab/model/failure.ts";
import type { GridCell } from "../lab/model/grid.ts";
import type { ScenarioStatus, ScenarioSummary } from "../lab/model/summary.ts";
import { describeDeath } from "./container-deaths.ts";

type Verdict = { status: ScenarioStatus; reason: string | null };

/** How the run around a scenario ended. */
export type RunEnd = "finished" | "interrupted" | "harness_killed";

type Evidence = Pick<
  ScenarioSummary,
  | "expectedPath"
  | "expectedFailure"
  | "sessions"
  | "violations"
  | "thresholds"
  | "changes"
  | "allocations"
  | "endedEarly"
>;

/**
 * Whether the scenario ran at all and to its end; null when it did, and its sessions decide. `wasUp`: its load began.
 * `expectedFailure`: as the scenario has it.
 */
export function judgeEnd(
  {
    started,
    wasUp,
    expectedFailure,
    deaths = [],
  }: {
    started: boolean;
    wasUp: boolean;
    expectedFailure: FailureCode | null;
    deaths?: ScenarioSummary["containerDeaths"];
  },
  end: EventOf<"scenario_finished"> | undefined,
  run: RunEnd,
): Verdict | null {
  if (expectedFailure === "turn_server_not_started" && (wasUp || end?.outcome === "server_failed"))
    return wasUp
      ? { status: "failed", reason: "the server started, although the scenario says that it does not" }
      : { status: "passed", reason: `the server did not start, as expected: ${end?.reason ?? "it did not answer"}` };
  if (end?.outcome === "errored") return { status: "errored", reason: end.reason ?? "the lab broke" };
  // The server under test did not do its part: that is a verdict, and the lab's work is done.
  if (end?.outcome === "server_failed")
    return {
      status: "failed",
      reason: `the server failed: ${withDeath(end.reason ?? "it did not do its part", deaths)}`,
    };
  if (end?.outcome === "skipped") return { status: "skipped", reason: end.reason ?? "skipped" };
  if (!started && !end) return { status: "skipped", reason: NEVER_STARTED[run] };
  if (end?.outcome === "interrupted" || (!end && run === "interrupted"))
    return { status: "no_data", reason: "interrupted" };
  if (!end) return { status: "errored", reason: "the harness ended before the scenario did" };
  return null;
}

/** Who saw a line end does not know how; the engine does. */
function withDeath(reason: string, deaths: ScenarioSummary["containerDeaths"]): string {
  const said = ({ node }: (typeof deaths)[number]) => `${node}: the container ended`;
  const death = deaths.find((one) => reason.startsWith(said(one)));
  return death ? `${describeDeath(death)}${reason.slice(said(death).length)}` : reason;
}

const NEVER_STARTED: Record<RunEnd, string> = {
  finished: "the run ended before it started",
  interrupted: "the run was interrupted before it started",
  harness_killed: "the harness ended before it started",
};

/**
 * What the containers that died unasked say about a scenario whose load ran to its end: a dead TURN server failed, and
 * any other death is the lab's own, after which nothing is proven. Null when none died.
 */
export function judgeDeaths(
  deaths: ScenarioSummary["containerDeaths"],
  roles: ReadonlyMap<string, NodeRole>,
): Verdict | null {
  const own = deaths.find(({ node }) => roles.get(node) !== "turn");
  if (own) return { status: "errored", reason: `container ${describeDeath(own)}` };
  const [server] = deaths;
  return server ? { status: "failed", reason: `the server failed: ${describeDeath(server)}` } : null;
}

/** The verdict on a scenario whose load ran to its end. */
export function judgeSessions({
  expectedPath,
  expectedFailure,
  sessions,
  violations,
  thresholds,
  changes,
  allocations,
  endedEarly,
}: Evidence): Verdict {
  // What was still under way then is not among the samples any more, and they alone may look well.
  if (endedEarly) return { status: "failed", reason: describeEarlyEnd(endedEarly) };
  const finished = sessions.connected + sessions.failed;
  const isBroken = Object.keys(violations).length > 0 || (expectedPath === "none" && sessions.connected > 0);
  if (isBroken || thresholds.some((t) => t.verdict === "failed")) return { status: "failed", reason: null };
  if (finished === 0)
    return {
      status: "no_data",
      reason: allocations ? "no iteration came to be held, and none failed" : "no session finished",
    };
  const silent = thresholds.filter((t) => t.verdict === "no_data").map((t) => t.metric);
  if (silent.length > 0) return { status: "no_data", reason: `no samples of ${[...new Set(silent)].join(", ")}` };
  // Where every session must fail, or be dropped, one that never ended may have done neither.
  if ((expectedPath === "none" || expectedFailure !== null) && finished < sessions.started) {
    return {
      status: "no_data",
      reason: `${sessions.started - finished} of ${sessions.started} sessions never finished`,
    };
  }
  // Sessions that were over before something happened to them prove nothing about it.
  const missed = changes.filter(({ atMs }) => atMs === null).length;
  if (missed > 0)
    return { status: "no_data", reason: `the load ended before ${missed} of ${changes.length} changes were made` };
  return { status: "passed", reason: null };
}

function describeEarlyEnd({ threshold, afterMs }: NonNullable<ScenarioSummary["endedEarly"]>): string {
  const after = afterMs === null ? "" : ` after ${(afterMs / 1_000).toFixed(1)} s`;
  return `the load was ended early${after}, by a threshold with abortOnFail: ${threshold}`;
}

/** The verdict on a grid whose calls ran to their end: every cell must have come to what was computed for it. */
export function judgeCells(cells: readonly GridCell[]): Verdict {
  const count = (status: GridCell["status"]) => cells.filter((cell) => cell.status === status).length;
  if (count("failed") > 0) return { status: "failed", reason: null };
  if (cells.length === 0) return { status: "no_data", reason: "the grid has no cells" };
  const missing = count("no_data");
  if (missing > 0)
    return { status: "no_data", reason: `${missing} of ${cells.length} calls were not made to their end` };
  return { status: "passed", reason: null };
}
