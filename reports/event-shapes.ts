import type { EventOf, EventType, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { VIOLATIONS } from "../lab/model/failure.ts";
import { ROLES } from "../lab/model/scenario.ts";

/** What a key of an event has to be; `?`: or null. */
type Kind = "text" | "text?" | "number" | "number?" | "flag" | "list" | "object" | "object?";

/**
 * The keys that the fold counts on, of every event that there is: a line that lacks one is none that a turnlab wrote. Keys that came
 * later are not among them.
 */
const SHAPES: { readonly [T in EventType]: { readonly [K in keyof Omit<EventOf<T>, "type">]?: Kind } } = {
  run_started: { schemaVersion: "number", runId: "text", scenarios: "list", harness: "object", engine: "object?" },
  scenario_started: { definition: "object" },
  grid_planned: { cells: "list" },
  lab_up: { durationMs: "number", nodes: "list" },
  lab_going_down: {},
  lab_down: { durationMs: "number" },
  router_probed: { router: "text", expected: "object", observed: "object", mismatches: "list" },
  link_measured: { node: "text", direction: "text", asked: "object", got: "object", mismatches: "list" },
  browser_ready: { peer: "text", engine: "text", version: "text", mdns: "flag", durationMs: "number" },
  peer_dumped: { peer: "text", file: "text?", note: "text?" },
  webrtc_stats: { session: "number", role: "text", moment: "text", stats: "list" },
  uplink_opened: { server: "text", host: "text", ports: "list" },
  uplink_counted: { server: "text", ports: "list", lastError: "text?" },
  lab_changed: { change: "object", atMs: "number" },
  turn_config_read: {
    server: "text",
    file: "text",
    filled: "list",
    supplied: "list",
    overridden: "list",
    warnings: "list",
  },
  turn_server_image: { server: "text", reference: "text", id: "text", digest: "text?", version: "text?" },
  turn_server_ready: { server: "text", publicAddress: "text", hostname: "text", listeners: "list" },
  session_started: { session: "number", vu: "number", iteration: "number" },
  ice_servers_fetched: {
    session: "number",
    role: "text",
    api: "text",
    source: "text",
    outcome: "text",
    durationMs: "number",
  },
  allocations_cut: { server: "text", count: "number", delayMs: "number" },
  session_finished: {
    ...{ session: "number", vu: "number", iteration: "number", outcome: "text", dropped: "flag", failure: "object?" },
    ...{ violations: "list", path: "text?", pair: "text?", timings: "object", peers: "object" },
  },
  session_timeline: { session: "number", role: "text", entries: "list", pairs: "list", left: "number" },
  evidence_kept: { kind: "text", node: "text", file: "text?", note: "text?" },
  router_counted: { router: "text", dropped: "list" },
  turn_server_sampled: { server: "text", cpuPercent: "number?", memoryBytes: "number", allocations: "number" },
  turn_server_metrics: { server: "text", changes: "object?", note: "text?" },
  lab_sampled: { process: "text", cpuPercent: "number?", memoryBytes: "number" },
  allocations_measured: {
    ...{
      durationMs: "number",
      started: "number",
      allocated: "number",
      failed: "object",
      ended: "number",
      lost: "number",
    },
    ...{ lostBy: "object", held: "number", packetsSent: "number", packetsReceived: "number", packetsLost: "number" },
    ...{ connectTime: "text?", allocateTime: "text?", roundTrip: "text?", jitterMs: "number?", cpuPercent: "number" },
  },
  container_died: { node: "text", exitCode: "number?", oomKilled: "flag" },
  load_aborted: { threshold: "text" },
  iterations_dropped: { count: "number", reason: "text" },
  scenario_finished: { outcome: "text", reason: "text?", durationMs: "number" },
  run_finished: { interrupted: "flag", durationMs: "number" },
  gate_started: { strict: "flag", profile: "object", cells: "list", sides: "object" },
  gate_checked: { side: "text", findings: "list" },
  gate_server_up: { side: "text", server: "object" },
  gate_server_failed: { side: "text", reason: "text", code: "text?" },
  gate_probed: { side: "text", results: "list" },
  gate_memory_measured: { side: "text", bytesPerAllocation: "list" },
  gate_round_measured: {},
  gate_note: { text: "text" },
  gate_finished: { end: "text", reason: "text?", layerMs: "object", durationMs: "number" },
  capacity_started: { server: "object", sizes: "list" },
  capacity_asked: { search: "text", ask: "object" },
  capacity_step: { search: "text", step: "object" },
  capacity_decided: { search: "text", end: "object" },
  capacity_note: { text: "text" },
  capacity_finished: { reason: "text?", durationMs: "number" },
};

/** Those that are of the run as a whole. */
const OF_THE_RUN = /^(run|gate|capacity)_/;
const OUTCOMES: readonly string[] = [
  "completed",
  "server_failed",
  "errored",
  "interrupted",
  "skipped",
] satisfies EventOf<"scenario_finished">["outcome"][];

/** Why a line's JSON is no event of a run, in words that follow "found"; null: it is one, as far as the fold counts on. */
export function faultOf(value: unknown): string | null {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return `${nameOf(value)} instead of an object`;
  const event = value as Record<string, unknown>;
  const { type } = event;
  if (typeof type !== "string") return "no event type";
  if (!Object.hasOwn(SHAPES, type)) return `the unknown event type ${JSON.stringify(type.slice(0, 60))}`;
  const shape = {
    at: "number",
    ...(OF_THE_RUN.test(type) ? {} : { scenario: "text" }),
    ...SHAPES[type as EventType],
  } as Record<string, Kind>;
  for (const [key, kind] of Object.entries(shape))
    if (!isOf(kind, event[key])) return `${type} with ${nameOf(event[key])} as ${key}`;
  return deeperFault(value as RunEvent);
}

/** What a verdict rests on has to be one of its words. */
function deeperFault(event: RunEvent): string | null {
  if (event.type === "session_finished") return sessionFault(event);
  if (event.type === "scenario_finished" && !OUTCOMES.includes(event.outcome))
    return `scenario_finished with the outcome ${JSON.stringify(event.outcome)}`;
  return null;
}

function sessionFault({ outcome, failure, violations, path, timings, peers }: SessionFinished): string | null {
  const found = (what: string) => `session_finished with ${what}`;
  if (outcome !== "connected" && outcome !== "failed") return found(`the outcome ${JSON.stringify(outcome)}`);
  if (path !== null && !["local", "direct", "relayed"].includes(path)) return found(`the path ${JSON.stringify(path)}`);
  if (failure !== null && typeof failure.code !== "string") return found("a failure without a code");
  const unknown = violations.find((one) => !Object.hasOwn(VIOLATIONS, one?.code ?? ""));
  if (unknown !== undefined) return found(`the violation ${JSON.stringify(unknown)}`);
  for (const key of ["connect_time", "gather_time", "ice_time", "dtls_time", "first_data_time"] as const)
    if (!isOf("number?", timings[key])) return found(`${nameOf(timings[key])} as timings.${key}`);
  const isCounted = ROLES.every(
    (role) => isOf("number", peers[role]?.messagesSent) && isOf("number", peers[role]?.messagesReceived),
  );
  return isCounted ? null : found("peers that do not say what they sent and received");
}

function isOf(kind: Kind, value: unknown): boolean {
  if (value === null) return kind.endsWith("?");
  switch (kind.replace("?", "")) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "flag":
      return typeof value === "boolean";
    case "list":
      return Array.isArray(value);
    default:
      return typeof value === "object" && !Array.isArray(value);
  }
}

function nameOf(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
