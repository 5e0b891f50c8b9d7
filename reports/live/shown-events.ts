import type { EventType } from "../../lab/model/events.ts";

/** What the live page is told of: timelines, statistics and probes are large, and it shows nothing of them. */
const SHOWN: readonly EventType[] = [
  "run_started",
  "scenario_started",
  "grid_planned",
  "router_probed",
  "link_measured",
  "browser_ready",
  "turn_server_ready",
  "lab_up",
  "session_started",
  "session_finished",
  "allocations_measured",
  "iterations_dropped",
  "load_aborted",
  "turn_server_sampled",
  "lab_sampled",
  "container_died",
  "lab_going_down",
  "scenario_finished",
  "run_finished",
];

const TYPE = /^\{"type":"([a-z_]+)"/;
const shown: ReadonlySet<string> = new Set(SHOWN);

/** Of a line of the log, without parsing it: every event begins with its type. */
export function isShown(line: string): boolean {
  const type = TYPE.exec(line)?.[1];
  return type !== undefined && shown.has(type);
}
