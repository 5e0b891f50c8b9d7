import { createLogUpdate } from "log-update";
import { plannedIterations } from "../lab/load/execute.ts";
import type { RunEvent } from "../lab/model/events.ts";
import { isGrid } from "../lab/model/grid.ts";
import type { NamedScenario } from "../lab/run.ts";
import type { Screen } from "./screen.ts";

type Row = { planned: number; done: number; connected: number; doing: string };

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
      this.#rows.set(name, { planned, done: 0, connected: 0, doing: "" });
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
        return this.#step(event.scenario, row, `lab up in ${seconds(event.durationMs)}, ${row.planned} sessions`);
      case "session_finished":
        row.done++;
        if (event.outcome === "connected") row.connected++;
        row.doing = `${row.done}/${row.planned} sessions, ${row.connected} connected`;
        return this.#draw();
      case "scenario_finished": {
        const { outcome, reason, durationMs } = event;
        const sessions = `${row.connected} of ${row.done} sessions connected`;
        row.doing = "";
        return this.#finished(event.scenario, outcome === "completed" ? sessions : `${outcome}: ${reason}`, durationMs);
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

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
