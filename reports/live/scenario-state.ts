import type { EventOf, RunEvent, SessionFinished } from "../../lab/model/events.ts";
import type { CellPlan } from "../../lab/model/grid.ts";
import type { ScenarioStatus } from "../../lab/model/summary.ts";
import { keyOf, standingOf } from "../cell-standing.ts";
import { type Fault, type FaultSeen, faultsOf } from "./faults.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";

/** `waiting`: not begun. `starting`: its lab comes up and is proved. `ending`: its lab goes down. */
export type Stage = "waiting" | "starting" | "load" | "ending" | "finished";

/** Of loads that go on for hours: the last ones. */
const MOST_TIMES = 20_000;

/** Where one scenario stands, by its events so far. It runs in the harness and in the live page. */
export class ScenarioState {
  readonly plan: ScenarioPlan;
  stage: Stage = "waiting";
  /** When it began, its load began, and it ended: Unix milliseconds. */
  startedAt: number | null = null;
  loadAt: number | null = null;
  finishedAt: number | null = null;
  setOut = 0;
  done = 0;
  /** Of raw clients: those that came to be held. */
  connected = 0;
  failed = 0;
  /** Connected, then lost before their planned end. */
  dropped = 0;
  /** Iterations that were due and not made. */
  notMade = 0;
  /** Of raw clients, now. */
  held = 0;
  /** Of a grid. */
  asComputed = 0;
  explained = 0;
  /** How many of what is done came out otherwise than it had to. */
  wrong = 0;
  /** When each session under way set out, by its number. */
  readonly underWay = new Map<number, number>();
  /** Of sessions that connected, ms. */
  readonly connectTimes: number[] = [];
  readonly faults = new Map<string, Fault>();
  /** What its lab has not shown yet: `router home`, `server turn`. */
  readonly unproved = new Set<string>();
  outcome: EventOf<"scenario_finished">["outcome"] | null = null;
  reason: string | null = null;
  /** The verdict's word, where it was judged. */
  status: ScenarioStatus | null = null;
  readonly #cells = new Map<string, CellPlan>();

  constructor(plan: ScenarioPlan) {
    this.plan = plan;
  }

  /** Returns what this event was the first to show as wrong. */
  add(event: RunEvent): FaultSeen[] {
    switch (event.type) {
      case "scenario_started":
        return this.#started(event);
      case "grid_planned":
        for (const cell of event.cells) this.#cells.set(keyOf(cell), cell);
        return [];
      case "router_probed":
        this.unproved.delete(`router ${event.router}`);
        return this.#wrong(
          event.at,
          event.mismatches.map((message) => ({ code: "router", message: `${event.router}: ${message}` })),
        );
      case "link_measured":
        return this.#wrong(
          event.at,
          event.mismatches.map((message) => ({ code: "link", message: `${event.node}: ${message}` })),
        );
      case "browser_ready":
        this.unproved.delete(`browser ${event.peer}`);
        return [];
      case "turn_server_ready":
        this.unproved.delete(`server ${event.server}`);
        return [];
      case "lab_up":
        this.stage = "load";
        this.loadAt = event.at;
        this.unproved.clear();
        return [];
      case "session_started":
        this.setOut += 1;
        this.underWay.set(event.session, event.at);
        return [];
      case "session_finished":
        return this.#finished(event);
      case "allocations_measured":
        return this.#measured(event);
      case "iterations_dropped":
        this.notMade += event.count;
        return this.#wrong(event.at, [{ code: "not made", message: event.reason }], event.count);
      case "load_aborted":
        return this.#wrong(event.at, [{ code: "load ended", message: event.threshold }]);
      case "container_died": {
        if (this.stage === "ending") return [];
        const why = event.oomKilled ? "out of memory" : `exit code ${event.exitCode ?? "unknown"}`;
        return this.#wrong(event.at, [{ code: "container died", message: `${event.node}: ${why}` }]);
      }
      case "lab_going_down":
        this.stage = "ending";
        return [];
      case "scenario_finished":
        return this.#ended(event);
      default:
        return [];
    }
  }

  #started({ at, definition }: EventOf<"scenario_started">): [] {
    this.stage = "starting";
    this.startedAt = at;
    const { routers = {}, turnServers = {} } = definition.topology;
    for (const router of Object.keys(routers)) this.unproved.add(`router ${router}`);
    for (const server of Object.keys(turnServers)) this.unproved.add(`server ${server}`);
    const peers = "peers" in definition ? definition.peers : {};
    for (const [peer, { engine = "werift" }] of Object.entries(peers))
      if (engine !== "werift") this.unproved.add(`browser ${peer}`);
    return [];
  }

  #finished(session: SessionFinished): FaultSeen[] {
    this.done += 1;
    this.underWay.delete(session.session);
    if (session.outcome === "connected") this.connected += 1;
    else this.failed += 1;
    if (session.dropped) this.dropped += 1;
    const { connect_time: connectTime } = session.timings;
    if (connectTime !== null) this.connectTimes.push(connectTime);
    if (this.connectTimes.length > MOST_TIMES) this.connectTimes.shift();
    const plan = session.cell && this.#cells.get(keyOf(session.cell));
    const seen = session.cell && plan ? this.#cell(session, plan) : faultsOf(session, this.plan);
    if (seen.length > 0) this.wrong += 1;
    return this.#wrong(session.at, seen);
  }

  #cell(session: SessionFinished, plan: CellPlan): FaultSeen[] {
    const standing = standingOf(plan, session);
    if (standing === "passed") this.asComputed += 1;
    if (standing === "explained") this.explained += 1;
    if (standing !== "failed") return [];
    const { row, column, expected } = plan;
    const came = session.outcome === "connected" ? (session.path ?? "connected") : "none";
    const why = faultsOf(session, { expectsNone: false, expectedFailure: null })[0]?.message;
    const message = `${row} to ${column}: ${expected} was computed${why === undefined ? "" : `, ${why}`}`;
    return [{ code: `${came} instead of ${expected}`, message, session: session.session }];
  }

  #measured({
    at,
    started,
    allocated,
    failed,
    lost,
    lostBy,
    held,
    dropped,
  }: EventOf<"allocations_measured">): FaultSeen[] {
    const failures = Object.values(failed).reduce((sum, count) => sum + count, 0);
    this.setOut += started;
    this.done += started;
    this.connected += allocated;
    this.failed += failures;
    this.dropped += lost;
    this.held = held;
    this.notMade += dropped;
    this.wrong += failures + lost;
    const seen: FaultSeen[] = [];
    for (const [code, count] of Object.entries(failed))
      seen.push(...this.#wrong(at, [{ code, message: "came to nothing" }], count));
    for (const [code, count] of Object.entries(lostBy))
      seen.push(...this.#wrong(at, [{ code: `lost: ${code}`, message: "lost while it was held" }], count));
    if (dropped > 0) seen.push(...this.#wrong(at, [{ code: "not made", message: "due, and no VU was free" }], dropped));
    return seen;
  }

  #ended({ at, outcome, reason }: EventOf<"scenario_finished">): FaultSeen[] {
    this.stage = "finished";
    this.finishedAt = at;
    this.outcome = outcome;
    this.reason = reason;
    this.underWay.clear();
    const isFault = outcome === "errored" || outcome === "server_failed";
    return isFault
      ? this.#wrong(at, [{ code: outcome.replace("_", " "), message: reason ?? "no reason was told" }])
      : [];
  }

  #wrong(at: number, seen: readonly FaultSeen[], count = 1): FaultSeen[] {
    return count === 0
      ? []
      : seen.filter(({ code, message, session = null }) => {
          const known = this.faults.get(code);
          if (known) Object.assign(known, { count: known.count + count, at });
          else this.faults.set(code, { code, message, session, count, at });
          return !known;
        });
  }
}
