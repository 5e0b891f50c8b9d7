import type { RunEvent } from "../lab/model/events.ts";
import { GATE_SIDES, type GateSide } from "../lab/model/gate.ts";
import { ProgressLine } from "./progress-line.ts";

type Counted = Record<GateSide, { calls: number; failed: number }>;

/** What a gate is doing, on stderr: one line that updates where somebody watches, a plain line for each round elsewhere. */
export class GateProgress extends ProgressLine {
  readonly #cells = new Map<string, Counted>();
  #round = 0;

  event(event: RunEvent): void {
    switch (event.type) {
      case "gate_checked":
        return this.line(`check: ${event.side}, ${count(event.findings.length, "finding")}`);
      case "scenario_started":
        return this.step(`${event.scenario}: bringing the lab up`);
      case "gate_server_up":
        return this.line(`${event.side}: coturn ${event.server.version ?? "of unknown version"} is up`);
      case "gate_server_failed":
        return this.line(`${event.side}: ${event.reason}`);
      case "gate_probed": {
        const weak = event.results.filter(({ verdict }) => verdict === "weak");
        return this.line(
          `probe: ${event.side}, ${count(event.results.length, "question")}, ${weak.length} answered weakly`,
        );
      }
      case "session_finished": {
        const round = Number(event.cell?.column ?? 0);
        if (round > this.#round) this.#tellRound(round);
        this.#count(event);
        return this.doing(`calls: round ${round}, ${this.#totals()}`);
      }
      case "gate_finished":
        if (this.#round > 0) this.#tellRound(this.#round);
        return this.line(
          `ended after ${(event.durationMs / 1000).toFixed(1)} s: ${event.end.replaceAll("_", " ")}${event.reason === null ? "" : ` (${event.reason})`}`,
        );
    }
  }

  #tellRound(next: number): void {
    if (this.#round > 0) {
      const failing = [...this.#cells].filter(([, { candidate }]) => candidate.failed > 0);
      const words = failing.map(([cell, { candidate }]) => `${cell} ${candidate.failed} of ${candidate.calls}`);
      this.line(`round ${this.#round}: ${this.#totals()}${words.length > 0 ? `; failed: ${words.join(", ")}` : ""}`);
    }
    this.#round = next;
  }

  #count({ scenario, cell, outcome, dropped, violations }: Extract<RunEvent, { type: "session_finished" }>): void {
    const side = GATE_SIDES.find((name) => name === scenario);
    if (!side || !cell) return;
    const counted = this.#cells.get(cell.row) ?? {
      candidate: { calls: 0, failed: 0 },
      baseline: { calls: 0, failed: 0 },
    };
    counted[side].calls++;
    if (outcome === "failed" || dropped || violations.length > 0) counted[side].failed++;
    this.#cells.set(cell.row, counted);
  }

  #totals(): string {
    const sum = (side: GateSide) => [...this.#cells.values()].reduce((total, cell) => total + cell[side].calls, 0);
    const parts = GATE_SIDES.filter((side) => sum(side) > 0).map((side) => `${sum(side)} calls of the ${side}`);
    return parts.join(", ") || "no call";
  }
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
