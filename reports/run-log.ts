import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { RunEvent } from "../lab/model/events.ts";
import { LOG_SCHEMA_VERSION } from "../lab/model/events.ts";

/** The name of the log inside a run folder. */
export const LOG_FILE = "run.jsonl";

/** Appends the events of one run to its log, one JSON line each. */
export class RunLog implements Disposable {
  readonly #file: string;
  #fd: number | null;

  constructor(file: string) {
    this.#file = file;
    this.#fd = openSync(file, "a");
  }

  /** Writes one event before it returns: the kernel holds the line, so a SIGKILL of the harness loses nothing. */
  append(event: RunEvent): void {
    if (this.#fd === null) throw new Error(`${this.#file}: cannot append ${event.type}, the log is closed`);
    const line = Buffer.from(`${JSON.stringify(event)}\n`);
    // write(2) may take less than it was given.
    for (let written = 0; written < line.length; ) written += writeSync(this.#fd, line, written);
  }

  /** Closes the file; a second call does nothing. */
  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

type RunLogFault = "missing" | "not_a_run" | "schema_version" | "corrupt";

/** A log that cannot be read; `code` tells why. */
export class RunLogError extends Error {
  override readonly name = "RunLogError";
  readonly code: RunLogFault;

  constructor(code: RunLogFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Reads a log. A last line that was cut while being written is left out.
 * Throws RunLogError when the file is missing, is not a run's log, is of another version, or is broken in the middle.
 */
export function readRunLog(file: string): RunEvent[] {
  const events = parseLines(file, readText(file));
  const started = events.find((event) => event.type === "run_started");
  if (!started) {
    throw new RunLogError(
      "not_a_run",
      `${file}: expected a run's log, found no run_started among ${events.length} events`,
    );
  }
  if (started.schemaVersion !== LOG_SCHEMA_VERSION) {
    throw new RunLogError(
      "schema_version",
      `${file}: expected schemaVersion ${LOG_SCHEMA_VERSION}, found ${String(started.schemaVersion)}; ` +
        "read it with the turnlab that wrote it",
    );
  }
  return events;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunLogError("missing", `${file}: expected a run's log, cannot read it (${reason})`, { cause });
  }
}

function parseLines(file: string, text: string): RunEvent[] {
  const lines = text.split("\n");
  const events: RunEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      events.push(parseEvent(line));
    } catch (cause) {
      // Only the very last line can have been cut: every complete one ends with a newline.
      if (index === lines.length - 1) break;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RunLogError("corrupt", `${file}:${index + 1}: expected one JSON event, found ${reason}`, { cause });
    }
  }
  return events;
}

function parseEvent(line: string): RunEvent {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string") {
    throw new TypeError("no event type");
  }
  return value as RunEvent;
}
