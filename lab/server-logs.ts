import { setTimeout as sleep } from "node:timers/promises";

/** Kept of each server: a call of a minute makes some hundred lines, and what is older is in the run's folder. */
const MAX_LINES = 20_000;
/** Its first lines are about the server itself: listeners, certificates, options that it does not know. */
const FIRST_LINES = 120;
/** Lines come by way of the engine. They are all there when none has come for so long; waited for no longer than that. */
const QUIET_MS = 40;
const SETTLED_WITHIN_MS = 150;

/** One line of a server's log; `number`: from 1 on, as in the file that the run keeps of it. */
export type LogLine = { number: number; text: string; at: number };

type ServerLog = { lines: LogLine[]; first: LogLine[]; count: number };

/** What servers wrote lately, so that a call that failed can be looked up in it. Not the log itself: that is a file. */
export class ServerLogs {
  readonly #logs: ReadonlyMap<string, ServerLog>;
  readonly #now: () => number;
  #lastAt = 0;

  constructor(servers: readonly string[], now: () => number = Date.now) {
    this.#logs = new Map(servers.map((server) => [server, { lines: [], first: [], count: 0 }]));
    this.#now = now;
  }

  /** Takes a piece of what a node wrote, as the run's log gets it: whole lines. Of what is no server nothing is kept. */
  take(node: string, text: string): void {
    const log = this.#logs.get(node);
    if (!log) return;
    const at = this.#now();
    this.#lastAt = at;
    for (const line of text.split("\n")) {
      log.count += 1;
      const taken = { number: log.count, text: line, at };
      if (log.first.length < FIRST_LINES) log.first.push(taken);
      else log.lines.push(taken);
    }
    // Cut seldom, and by much.
    if (log.lines.length > 2 * MAX_LINES) log.lines.splice(0, log.lines.length - MAX_LINES);
  }

  /** What it had written about itself until then: from its start on, as far as its first lines go. */
  before(server: string, at: number): LogLine[] {
    return (this.#logs.get(server)?.first ?? []).filter((line) => line.at < at);
  }

  /** What has come since; at the most as many lines as are kept. */
  since(server: string, at: number): LogLine[] {
    const { first = [], lines = [] } = this.#logs.get(server) ?? {};
    const from = lines.findIndex((line) => line.at >= at);
    return [...first.filter((line) => line.at >= at), ...(from < 0 ? [] : lines.slice(from).slice(-MAX_LINES))];
  }

  /** Resolves when what servers have written is likely to be here. */
  async settled(): Promise<void> {
    const until = performance.now() + SETTLED_WITHIN_MS;
    do await sleep(QUIET_MS);
    while (this.#now() - this.#lastAt < QUIET_MS && performance.now() < until);
  }
}
