import type { RunEvent } from "../../lab/model/events.ts";

/** However long a run is: twice as many seconds a slot before there are more. */
const MOST_SLOTS = 240;

/** A line's value for each slot of time; null where nothing was told. */
export type Line = (number | null)[];

/**
 * What a run's charts show, in slots of equal length from its start: how many sessions had set out, had connected and had failed, how
 * many were under way at the most, the slowest connect time, and the highest sample of each server.
 */
export class OverTime {
  /** Unix milliseconds; null: nothing has begun. */
  from: number | null = null;
  slotMs = 250;
  readonly calls: Record<"set out" | "connected" | "under way" | "failed or dropped", Line> = {
    "set out": [],
    connected: [],
    "under way": [],
    "failed or dropped": [],
  };
  /** ms, the slowest of a slot. */
  readonly connect: Record<"slowest" | "fastest", Line> = { slowest: [], fastest: [] };
  /** By `SCENARIO: SERVER`, or `the lab's harness`: percent of a core. */
  readonly cpu: Record<string, Line> = {};
  /** By `SCENARIO: SERVER`. */
  readonly allocations: Record<string, Line> = {};
  #latest = 0;
  readonly #now = { "set out": 0, connected: 0, "under way": 0, "failed or dropped": 0 };

  add(event: RunEvent): void {
    if (event.type === "run_started") this.from = event.at;
    switch (event.type) {
      case "session_started":
        this.#now["set out"] += 1;
        this.#now["under way"] += 1;
        return this.#count(event.at);
      case "session_finished": {
        const { connect_time: ms } = event.timings;
        this.#now["under way"] -= 1;
        if (event.outcome === "connected") this.#now.connected += 1;
        if (event.outcome === "failed" || event.dropped) this.#now["failed or dropped"] += 1;
        this.#count(event.at);
        if (ms === null) return;
        this.#set(this.connect.slowest, event.at, (now) => Math.max(now ?? 0, ms));
        this.#set(this.connect.fastest, event.at, (now) => Math.min(now ?? ms, ms));
        return;
      }
      case "allocations_measured":
        this.#now["set out"] += event.started;
        this.#now.connected += event.allocated;
        this.#now["under way"] = event.held;
        this.#now["failed or dropped"] += Object.values(event.failed).reduce((sum, count) => sum + count, event.lost);
        return this.#count(event.at);
      case "turn_server_sampled": {
        const name = `${event.scenario}: ${event.server}`;
        this.#most(this.cpu, name, event.at, event.cpuPercent);
        return this.#most(this.allocations, name, event.at, event.allocations);
      }
      case "lab_sampled":
        if (event.process === "harness") this.#most(this.cpu, "the lab's harness", event.at, event.cpuPercent);
    }
  }

  /** How many slots there are by then. */
  slots(now: number): number {
    return this.from === null ? 0 : Math.max(1, Math.floor((now - this.from) / this.slotMs) + 1);
  }

  #count(at: number): void {
    // A session that was looked into is told of after others that ended later.
    this.#latest = Math.max(this.#latest, at);
    for (const name of ["set out", "connected", "failed or dropped"] as const)
      this.#set(this.calls[name], this.#latest, () => this.#now[name]);
    const line = this.calls["under way"];
    const slot = this.#set(line, this.#latest, (before) => Math.max(before ?? 0, this.#now["under way"]));
    // A slot has its highest, and the next begins with what is left.
    line[slot + 1] = this.#now["under way"];
  }

  #most(lines: Record<string, Line>, name: string, at: number, value: number | null): void {
    if (value === null) return;
    lines[name] ??= [];
    this.#set(lines[name], at, (before) => Math.max(before ?? 0, value));
  }

  #set(line: Line, at: number, next: (before: number | null) => number): number {
    if (this.from === null) this.from = at;
    let slot = Math.max(0, Math.floor((at - this.from) / this.slotMs));
    while (slot >= MOST_SLOTS) {
      this.#halve();
      slot = Math.floor((at - this.from) / this.slotMs);
    }
    while (line.length <= slot) line.push(null);
    line[slot] = next(line[slot] ?? null);
    return slot;
  }

  #halve(): void {
    this.slotMs *= 2;
    const { fastest, ...rest } = this.connect;
    const all = [...Object.values(this.calls), ...Object.values(this.cpu), ...Object.values(this.allocations)];
    for (const line of [...all, ...Object.values(rest)]) mergePairs(line, Math.max);
    mergePairs(fastest, Math.min);
  }
}

/** Counts only grow, so the higher of two is the later too. */
function mergePairs(line: Line, choose: (a: number, b: number) => number): void {
  const merged = Array.from({ length: Math.ceil(line.length / 2) }, (_, index) => {
    const [a = null, b = null] = line.slice(2 * index, 2 * index + 2);
    return a === null ? b : b === null ? a : choose(a, b);
  });
  line.splice(0, line.length, ...merged);
}
