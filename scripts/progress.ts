import type { RunEvent } from "../lab/model/events.ts";
import type { ScenarioStatus } from "../lab/model/summary.ts";
import type { NamedScenario } from "../lab/run.ts";
import { percentile, sorted } from "../lab/statistics/statistics.ts";
import type { FaultSeen } from "../reports/live/faults.ts";
import { counted, droppedWords, inSeconds, shareDone, soFar, waitsFor } from "../reports/live/progress-words.ts";
import { RunState } from "../reports/live/run-state.ts";
import type { ScenarioPlan } from "../reports/live/scenario-plan.ts";
import type { ScenarioState } from "../reports/live/scenario-state.ts";
import { oneLine } from "../reports/render/format.ts";
import { MARKS } from "../reports/render/words.ts";
import { ProgressLine } from "./progress-line.ts";
import { scenarioPlans } from "./scenario-plans.ts";
import type { Screen } from "./screen.ts";

/** Ages and times left go on while nothing happens. */
const TICK_MS = 1_000;
/** In a log: how long a scenario may go on without a word. */
const SILENCE_MS = 30_000;
const BAR = 12;
const MOST_FAULTS = 3;

/**
 * What a run is doing, on stderr. Where somebody watches: how far the run is, two lines for each scenario under way, and what has
 * failed; elsewhere a plain line for each step, for what fails, and every half minute.
 */
export class Progress extends ProgressLine {
  readonly plans: readonly ScenarioPlan[];
  readonly state: RunState;
  readonly #startedAt = Date.now();
  /** Who is drawn where: a scenario keeps its place until it has ended, and the next to start takes it. */
  readonly #places: (ScenarioState | null)[] = [];
  readonly #nameWidth: number;
  readonly #tick: NodeJS.Timeout;
  #toldAt = Date.now();

  constructor(screen: Screen, scenarios: readonly NamedScenario[]) {
    super(screen);
    this.plans = scenarioPlans(scenarios);
    this.state = new RunState(this.plans);
    this.#nameWidth = Math.min(28, Math.max(0, ...scenarios.map(({ name }) => name.length)));
    this.#tick = setInterval(() => this.#tell(), TICK_MS).unref();
  }

  /** `status`: the verdict, with the event that ends its scenario. */
  event(event: RunEvent, status: ScenarioStatus | null = null): void {
    const seen = this.state.add(event);
    const state = "scenario" in event ? this.state.of(event.scenario) : undefined;
    if (!state) return;
    state.status = status;
    if (!this.screen.tty) for (const fault of seen) this.#say(`${state.plan.name}: ${describeFault(fault)}`);
    switch (event.type) {
      case "scenario_started":
        if (!this.screen.tty) this.#say(`${event.scenario}: bringing the lab up`);
        break;
      case "lab_up":
        if (!this.screen.tty)
          this.#say(`${event.scenario}: lab up in ${inSeconds(event.durationMs)}, ${planWords(state)}`);
        break;
      case "scenario_finished":
        this.#say(ended(state, event.durationMs));
        break;
    }
    this.#draw();
  }

  override end(): void {
    clearInterval(this.#tick);
    super.end();
  }

  #say(text: string): void {
    this.#toldAt = Date.now();
    this.line(text);
  }

  #tell(): void {
    if (this.screen.tty) this.#draw();
    else if (Date.now() - this.#toldAt >= SILENCE_MS)
      for (const state of this.#underWay())
        this.#say(`${state.plan.name}: ${soFar(state)}; waits for ${waitsFor(state, Date.now())}`);
  }

  #underWay(): ScenarioState[] {
    return this.state.scenarios.filter(({ stage }) => stage !== "waiting" && stage !== "finished");
  }

  #place(underWay: readonly ScenarioState[], waiting: number): void {
    this.#places.forEach((state, index) => {
      if (state && !underWay.includes(state)) this.#places[index] = null;
    });
    for (const state of underWay.filter((one) => !this.#places.includes(one))) {
      const free = this.#places.indexOf(null);
      this.#places[free === -1 ? this.#places.length : free] = state;
    }
    // Nobody comes to take the free ones.
    if (waiting === 0) this.#places.splice(0, this.#places.length, ...underWay);
  }

  #draw(): void {
    if (!this.screen.tty || this.state.startedAt === null) return;
    const now = Date.now();
    const { scenarios } = this.state;
    const underWay = this.#underWay();
    const ended = scenarios.filter(({ stage }) => stage === "finished").length;
    const waiting = scenarios.length - ended - underWay.length;
    this.#place(underWay, waiting);
    const faults = this.state.faults();
    const more = faults.length - MOST_FAULTS;
    this.doing(
      "",
      `${ended} of ${counted(scenarios.length, "scenario")} ended, ${underWay.length} under way, ${waiting} waiting; ${inSeconds(now - this.#startedAt)}`,
      ...this.#places.flatMap((state) =>
        state === null
          ? ["", ""]
          : [
              `  ${state.plan.name.padEnd(this.#nameWidth)} ${bar(shareDone(state, now))} ${soFar(state)}`,
              `  ${" ".repeat(this.#nameWidth + BAR + 1)} waits for ${waitsFor(state, now)}`,
            ],
      ),
      ...faults.slice(0, MOST_FAULTS).map((fault) => `✗ ${fault.scenario}: ${describeFault(fault)}`),
      ...(more > 0 ? [`  and ${more} more kinds of failures`] : []),
    );
  }
}

/** How far, in a fixed width; a share that nobody can know is dots. */
function bar(share: number | null): string {
  if (share === null) return "·".repeat(BAR);
  const full = Math.floor(share * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function describeFault({ code, message, session = null, count = 1 }: FaultSeen & { count?: number }): string {
  const who = session === null ? "" : ` (session ${session}${count > 1 ? " first" : ""})`;
  return oneLine(`${code}${count > 1 ? ` ×${count}` : ""}${who}: ${message}`);
}

function planWords({ plan }: ScenarioState): string {
  const what = { sessions: "sessions", grid: "cells", allocations: "iterations" }[plan.kind];
  return `${plan.planned ?? "any number of"} ${what}`;
}

function ended(state: ScenarioState, durationMs: number): string {
  const { plan, outcome, reason, status } = state;
  const verdict = status === null ? "" : `${MARKS[status]} `;
  const what = outcome === "completed" ? inTheEnd(state) : oneLine(`${outcome?.replace("_", " ")}: ${reason}`);
  return `${verdict}${plan.name}: ${what} (${inSeconds(durationMs)})`;
}

function inTheEnd({ plan, done, connected, dropped, asComputed, explained, connectTimes }: ScenarioState): string {
  if (plan.kind === "allocations")
    return `${connected} of ${done} iterations held${dropped > 0 ? `, ${dropped} lost later` : ""}`;
  if (plan.kind === "grid") {
    const otherwise = explained > 0 ? `, ${explained} otherwise, as explained` : "";
    return `${asComputed} of ${plan.planned} cells as computed${otherwise}`;
  }
  if (plan.expectsNone && connected === 0) return `none of ${done} sessions connected, as expected`;
  const p95 = percentile(sorted(connectTimes), 95);
  const time = p95 === null ? "" : `, connect time p(95) ${Math.round(p95)} ms`;
  return `${connected} of ${done} sessions connected${droppedWords(dropped)}${time}`;
}
