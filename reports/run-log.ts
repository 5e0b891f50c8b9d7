import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import type { RunEvent } from "../lab/model/events.ts";
import { LOG_SCHEMA_VERSION } from "../lab/model/events.ts";
import { faultOf } from "./event-shapes.ts";

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

type RunLogFault = "missing" | "not_a_run" | "schema_version" | "corrupt" | "does_not_go_together";

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
  return parseRunLog(file, readText(file));
}

/** The same of a log's text; `file` is what errors call it. */
export function parseRunLog(file: string, text: string): RunEvent[] {
  const lines = parseLines(file, text);
  const started = lines.find(({ value }) => (value as Partial<RunEvent> | null)?.type === "run_started");
  if (!started) {
    throw new RunLogError(
      "not_a_run",
      `${file}: expected a run's log, found no run_started among ${lines.length} events`,
    );
  }
  const { schemaVersion } = started.value as { schemaVersion?: unknown };
  if (schemaVersion !== LOG_SCHEMA_VERSION) {
    throw new RunLogError(
      "schema_version",
      `${file}: expected schemaVersion ${LOG_SCHEMA_VERSION}, found ${String(schemaVersion)}; ` +
        "read it with the turnlab that wrote it",
    );
  }
  for (const { number, value } of lines) {
    const fault = faultOf(value);
    if (fault !== null)
      throw new RunLogError("corrupt", `${file}:${number}: expected an event of a run, found ${fault}`);
  }
  return lines.map(({ value }) => value as RunEvent);
}

/**
 * What is made of a log's events, or a RunLogError where they cannot be summed up: nobody holds every value against what a turnlab
 * writes.
 */
export function madeFromLog<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (cause instanceof RunLogError || !(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new RunLogError(
      "does_not_go_together",
      `${file}: expected the events of a run, found some that do not go together (${cause.message})`,
      { cause },
    );
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RunLogError("missing", `${file}: expected a run's log, cannot read it (${reason})`, { cause });
  }
}

/** `number`: from 1 on. */
type Line = { number: number; value: unknown };

function parseLines(file: string, text: string): Line[] {
  const lines = text.split("\n");
  const parsed: Line[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    try {
      parsed.push({ number: index + 1, value: JSON.parse(line) });
    } catch (cause) {
      // Only the very last line can have been cut: every complete one ends with a newline.
      if (index === lines.length - 1) break;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new RunLogError("corrupt", `${file}:${index + 1}: expected one JSON event, found ${reason}`, { cause });
    }
  }
  return parsed;
}
