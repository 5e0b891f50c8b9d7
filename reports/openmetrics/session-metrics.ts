import type { EventOf, RunEvent, SessionFinished } from "../../lab/model/events.ts";
import { type AnyScenario, isAllocations, isGrid } from "../../lab/model/grid.ts";
import { parseIceUrl } from "../../lab/model/ice-url.ts";
import { ROLES } from "../../lab/model/scenario.ts";
import { wilson } from "../../lab/statistics/statistics.ts";
import { collectSilences } from "../collect-silences.ts";
import { rtpStreams, skippedPackets } from "../rtp-streams.ts";
import type { Series } from "./series.ts";

const PATHS = ["local", "direct", "relayed"] as const;

/** What a scenario's sessions came to, and how many of them are not over. */
type Tally = { started: number; finished: number; succeeded: number; isOneThing: boolean; silent: SessionFinished[] };

/** What sessions and their fetches come to. */
export class SessionMetrics {
  readonly #series: Series;
  readonly #tallies = new Map<string, Tally>();

  constructor(series: Series) {
    this.#series = series;
  }

  add(event: RunEvent & { scenario: string }, definition: AnyScenario): void {
    const { scenario } = event;
    switch (event.type) {
      case "scenario_started":
        if (!isAllocations(definition)) this.#begin(scenario, definition);
        return;
      case "session_started":
        this.#series.add("turnlab_sessions_started", { scenario });
        return this.#tally(scenario, ({ started }) => ({ started: started + 1 }));
      case "session_finished":
        return this.#finished(event);
      case "ice_servers_fetched":
        return this.#fetched(event);
      case "iterations_dropped":
        return this.#series.add("turnlab_iterations_dropped", { scenario, reason: event.reason }, event.count);
      case "scenario_finished":
        // Those that never ended are under way no more.
        return this.#tally(scenario, ({ finished }) => ({ started: finished }));
    }
  }

  /** What is not counted but follows: shares, what is under way, silences, which a later session may end. */
  derive(): void {
    this.#series.clear("turnlab_recovery_time_seconds");
    for (const [scenario, { started, finished, succeeded, isOneThing, silent }] of this.#tallies) {
      this.#series.set("turnlab_sessions_open", { scenario }, started - finished);
      if (isOneThing && finished > 0) {
        this.#series.set("turnlab_session_success_ratio", { scenario }, succeeded / finished);
        const [lower = 0, upper = 1] = wilson(succeeded, finished) ?? [];
        for (const [bound, value] of Object.entries({ lower, upper }))
          this.#series.set("turnlab_session_success_interval_ratio", { scenario, bound }, value);
      }
      const silences = collectSilences(silent);
      const recovered = silences.flatMap(({ recoveredAfterMs }) => recoveredAfterMs ?? []);
      this.#series.set("turnlab_silences", { scenario }, silences.length);
      this.#series.set("turnlab_recoveries", { scenario }, recovered.length);
      for (const ms of recovered) this.#series.observe("turnlab_recovery_time_seconds", { scenario }, ms / 1000);
    }
  }

  /** Everything whose labels are known from the start begins at 0: what appears at 3 has not risen, to Prometheus. */
  #begin(scenario: string, definition: AnyScenario): void {
    const isOneThing = !isGrid(definition);
    this.#tallies.set(scenario, { started: 0, finished: 0, succeeded: 0, isOneThing, silent: [] });
    this.#series.add("turnlab_sessions_started", { scenario }, 0);
    for (const path of PATHS)
      for (const outcome of ["connected", "dropped"])
        this.#series.add("turnlab_sessions_finished", { scenario, outcome, path }, 0);
    this.#series.add("turnlab_sessions_finished", { scenario, outcome: "failed", path: "none" }, 0);
    for (const outcome of ["relayed", "failed", "unfinished"])
      this.#series.add("turnlab_relay_gatherings", { scenario, outcome }, 0);
    for (const kind of ["ice_restart", "new_call"]) this.#series.add("turnlab_reconnects", { scenario, kind }, 0);
    for (const result of ["sent", "received", "skipped"]) this.#series.add("turnlab_messages", { scenario, result }, 0);
  }

  #tally(scenario: string, change: (tally: Tally) => Partial<Tally>): void {
    const tally = this.#tallies.get(scenario);
    if (tally) Object.assign(tally, change(tally));
  }

  #finished(event: SessionFinished): void {
    const { scenario, dropped, failure, diagnosis } = event;
    const isConnected = event.outcome === "connected";
    const isSuccess = isConnected && !dropped;
    this.#tally(scenario, ({ finished, succeeded }) => ({
      finished: finished + 1,
      succeeded: succeeded + (isSuccess ? 1 : 0),
    }));
    if (event.recoveries || event.replaces) this.#tallies.get(scenario)?.silent.push(event);
    const outcome = isSuccess ? "connected" : isConnected ? "dropped" : "failed";
    this.#series.add("turnlab_sessions_finished", { scenario, outcome, path: event.path ?? "none" });
    if (failure) this.#series.add("turnlab_session_failures", { scenario, failure: failure.code });
    if (diagnosis !== undefined)
      this.#series.add("turnlab_session_diagnoses", { scenario, cause: diagnosis?.code ?? "unknown" });
    for (const { code } of event.violations)
      this.#series.add("turnlab_session_violations", { scenario, violation: code });
    this.#times(event, isConnected);
    this.#relays(event);
    this.#reconnects(event);
    this.#delivery(event, isConnected);
  }

  #times({ scenario, path, timings }: SessionFinished, isConnected: boolean): void {
    const stage = (name: string, ms: number | null) => {
      if (ms !== null) this.#series.observe("turnlab_stage_time_seconds", { scenario, stage: name }, ms / 1000);
    };
    // These two are over before anybody knows whether the session connects.
    stage("gather", timings.gather_time);
    for (const ms of timings.turn_allocate_time) stage("turn_allocate", ms);
    if (!isConnected) return;
    stage("ice", timings.ice_time);
    stage("dtls", timings.dtls_time);
    stage("first_data", timings.first_data_time);
    if (timings.connect_time === null) return;
    const of = { scenario, path: path ?? "none" };
    this.#series.observe("turnlab_connect_time_seconds", of, timings.connect_time / 1000);
  }

  /** A peer has a relay as soon as one of its TURN URLs gave one: where UDP is blocked, others must fail. */
  #relays({ scenario, peers }: SessionFinished): void {
    for (const role of ROLES) {
      const turn = peers[role].urls.flatMap((report) => {
        const url = parseIceUrl(report.url);
        return "transport" in url ? [{ ...report, transport: url.transport }] : [];
      });
      for (const { transport, outcome, failure } of turn)
        this.#series.add("turnlab_turn_urls", { scenario, transport, outcome, failure: failure?.code ?? "none" });
      if (turn.length === 0) continue;
      const has = (wanted: string) => turn.some(({ outcome }) => outcome === wanted);
      const outcome = has("ok") ? "relayed" : has("unfinished") ? "unfinished" : "failed";
      this.#series.add("turnlab_relay_gatherings", { scenario, outcome });
    }
  }

  #reconnects({ scenario, recoveries = [], replaces }: SessionFinished): void {
    const restarts = recoveries.filter(({ restartedAfterMs }) => restartedAfterMs !== null).length;
    this.#series.add("turnlab_reconnects", { scenario, kind: "ice_restart" }, restarts);
    if (replaces) this.#series.add("turnlab_reconnects", { scenario, kind: "new_call" });
  }

  #delivery(event: SessionFinished, isConnected: boolean): void {
    const { scenario, peers, messagesSkipped } = event;
    this.#series.add("turnlab_messages", { scenario, result: "skipped" }, messagesSkipped);
    const skipped = skippedPackets(event);
    if (skipped > 0) this.#series.add("turnlab_rtp_packets", { scenario, result: "skipped" }, skipped);
    if (!isConnected) return;
    for (const role of ROLES) {
      this.#series.add("turnlab_messages", { scenario, result: "sent" }, peers[role].messagesSent);
      this.#series.add("turnlab_messages", { scenario, result: "received" }, peers[role].messagesReceived);
    }
    for (const { sent, received } of rtpStreams(event)) {
      this.#series.add("turnlab_rtp_packets", { scenario, result: "sent" }, sent);
      this.#series.add("turnlab_rtp_packets", { scenario, result: "received" }, received);
    }
  }

  #fetched({ scenario, source, api, outcome, fetchMs }: EventOf<"ice_servers_fetched">): void {
    if (source !== "api") return;
    this.#series.add("turnlab_ice_servers_fetches", { scenario, api, outcome });
    if (fetchMs !== null)
      this.#series.observe("turnlab_stage_time_seconds", { scenario, stage: "ice_servers_fetch" }, fetchMs / 1000);
  }
}
