import { createLogUpdate } from "log-update";
import { plannedIterations } from "../lab/load/execute.ts";
import type { EventOf, RunEvent, SessionFinished } from "../lab/model/events.ts";
import { type CellPlan, isAllocations, isGrid } from "../lab/model/grid.ts";
import type { NamedScenario } from "../lab/run.ts";
import { keyOf, standingOf } from "../reports/summarize-cells.ts";
import type { Screen } from "./screen.ts";

type Row = {
  /** Null: as many as there is time for. */
  planned: number | null;
  done: number;
  connected: number;
  /** Connected, then lost before their planned end. */
  dropped: number;
  doing: string;
  /** Of a load of raw TURN clients: iterations that came to nothing, or were lost while they were held. */
  raw?: { failed: number };
  /** Of a grid: what each cell must come to, how many did, and how many came to what their engine is known to do. */
  grid?: { plans: Map<string, CellPlan>; asComputed: number; explained: number };
};

/** What a run is doing, on stderr: lines that update where somebody watches, one plain line per step elsewhere. */
export class Progress {
  readonly #screen: Screen;
  #isUpdating: boolean;
  readonly #rows = new Map<string, Row>();
  readonly #update = createLogUpdate(process.stderr);

  constructor(screen: Screen, scenarios: readonly NamedScenario[]) {
    this.#screen = screen;
    this.#isUpdating = screen.tty;
    for (const { name, scenario } of scenarios) {
      const planned = isGrid(scenario) ? scenario.cells.length : plannedIterations(scenario.load);
      const grid = isGrid(scenario) ? { grid: { plans: new Map(), asComputed: 0, explained: 0 } } : {};
      const raw = isAllocations(scenario) ? { raw: { failed: 0 } } : {};
      this.#rows.set(name, { planned, done: 0, connected: 0, dropped: 0, doing: "", ...grid, ...raw });
    }
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#isUpdating) this.#update.clear();
    process.stderr.write(`${text}\n`);
    if (this.#isUpdating) this.#draw();
  }

  event(event: RunEvent): void {
    if (!("scenario" in event)) return;
    const row = this.#rows.get(event.scenario);
    if (!row) return;
    switch (event.type) {
      case "scenario_started":
        return this.#step(event.scenario, row, "bringing the lab up");
      case "lab_up":
        return this.#step(
          event.scenario,
          row,
          `lab up in ${seconds(event.durationMs)}, ${row.planned ?? "any number of"} ${row.grid ? "cells" : row.raw ? "iterations" : "sessions"}`,
        );
      case "grid_planned":
        for (const cell of event.cells) row.grid?.plans.set(keyOf(cell), cell);
        return;
      case "session_finished":
        count(row, event);
        row.doing = underWay(row);
        return this.#draw();
      case "allocations_measured":
        countRaw(row, event);
        return this.#draw();
      case "scenario_finished": {
        const { outcome, reason, durationMs } = event;
        row.doing = "";
        const what = outcome === "completed" ? inTheEnd(row) : `${outcome}: ${reason}`;
        return this.#finished(event.scenario, what, durationMs);
      }
    }
  }

  /** Takes the updating lines away and gives the cursor back. */
  end(): void {
    if (!this.#isUpdating) return;
    this.#isUpdating = false;
    this.#update.clear();
    this.#update.done();
  }

  #step(scenario: string, row: Row, doing: string): void {
    row.doing = doing;
    if (this.#screen.tty) this.#draw();
    else process.stderr.write(`${scenario}: ${doing}\n`);
  }

  #finished(scenario: string, what: string, durationMs: number): void {
    this.line(`${scenario}: ${what} (${seconds(durationMs)})`);
  }

  #draw(): void {
    if (!this.#screen.tty) return;
    const lines = [...this.#rows].flatMap(([name, { doing }]) => (doing ? [`${name}: ${doing}`] : []));
    this.#update(lines.map((line) => line.slice(0, this.#screen.width - 1)).join("\n"));
  }
}

function count(row: Row, session: SessionFinished): void {
  row.done++;
  if (session.outcome === "connected") row.connected++;
  if (session.dropped) row.dropped++;
  const plan = session.cell && row.grid?.plans.get(keyOf(session.cell));
  if (!row.grid || !plan) return;
  const standing = standingOf(plan, session);
  if (standing === "passed") row.grid.asComputed++;
  if (standing === "explained") row.grid.explained++;
}

function countRaw(row: Row, { started, allocated, failed, lost, held }: EventOf<"allocations_measured">): void {
  row.done += started;
  row.connected += allocated;
  row.dropped += lost;
  if (row.raw) row.raw.failed += Object.values(failed).reduce((total, count) => total + count, 0);
  row.doing = `${underWay(row)}, ${held} now`;
}

function underWay({ planned, done, connected, grid, raw, ...row }: Row): string {
  const begun = planned === null ? done : `${done}/${planned}`;
  if (raw) return `${begun} iterations, ${connected} held, ${raw.failed} failed`;
  if (grid) return `${done}/${planned} cells, ${done - grid.asComputed - grid.explained} not as computed`;
  return `${begun} sessions, ${connected} connected${droppedWords(row)}`;
}

function inTheEnd({ planned, done, connected, grid, raw, ...row }: Row): string {
  if (raw) return `${connected} of ${done} iterations held${row.dropped > 0 ? `, ${row.dropped} lost later` : ""}`;
  if (grid) {
    const explained = grid.explained > 0 ? `, ${grid.explained} otherwise, as explained` : "";
    return `${grid.asComputed} of ${planned} cells as computed${explained}`;
  }
  return `${connected} of ${done} sessions connected${droppedWords(row)}`;
}

function droppedWords({ dropped }: Pick<Row, "dropped">): string {
  return dropped > 0 ? `, ${dropped} of them dropped later` : "";
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
