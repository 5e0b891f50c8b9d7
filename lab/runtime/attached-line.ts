import { createInterface } from "node:readline";
import { type Duplex, PassThrough } from "node:stream";
import type { JsonLine } from "./line.ts";

/** How many of the last stderr and non-JSON stdout lines are kept, for the message when a node breaks. */
const KEPT_LINES = 40;

/** JSON lines over a hijacked attach stream, whose frames carry stdout and stderr (Docker Engine API, attach). */
export class AttachedLine implements JsonLine {
  readonly name: string;
  /** Resolves with the first message, or when the line has ended without one. */
  readonly spoken: Promise<void>;
  readonly #onSpoken: () => void;
  #firstMessageAtMs: number | null = null;
  readonly #stream: Duplex;
  readonly #messageHandlers: ((message: unknown) => void)[] = [];
  readonly #textHandlers: ((text: string) => void)[] = [];
  readonly #endHandlers: ((reason: string) => void)[] = [];
  readonly #early: unknown[] = [];
  readonly #lastText: string[] = [];
  #ended: string | undefined;

  constructor(name: string, stream: NodeJS.ReadWriteStream) {
    this.name = name;
    const { promise, resolve } = Promise.withResolvers<void>();
    [this.spoken, this.#onSpoken] = [promise, resolve];
    this.#stream = stream as Duplex;
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    demux(this.#stream, stdout, stderr, () => this.#finish("the container ended"));
    createInterface({ input: stdout, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => this.#onStdout(line));
    createInterface({ input: stderr, crlfDelay: Number.POSITIVE_INFINITY }).on("line", (line) => this.#onText(line));
    this.#stream.on("error", (error: Error) => this.#finish(error.message));
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  /** One raw line, for inits that are not JSON speakers. */
  sendText(text: string): void {
    if (this.#ended !== undefined) throw new Error(`${this.name}: cannot send, ${this.#ended}`);
    this.#stream.write(`${text}\n`);
  }

  onMessage(handler: (message: unknown) => void): void {
    this.#messageHandlers.push(handler);
    if (this.#messageHandlers.length === 1) for (const message of this.#early.splice(0)) handler(message);
  }

  /** stderr, and stdout that is not JSON. */
  onText(handler: (text: string) => void): void {
    this.#textHandlers.push(handler);
  }

  onEnd(handler: (reason: string) => void): void {
    if (this.#ended === undefined) this.#endHandlers.push(handler);
    else handler(this.#ended);
  }

  /** When the first message came, whoever took it later, by `performance.now()`; null: none has. */
  get firstMessageAtMs(): number | null {
    return this.#firstMessageAtMs;
  }

  /** The last lines the container wrote that were not messages. */
  get lastText(): string {
    return this.#lastText.join("\n");
  }

  /** Closes stdin, which is what ends a lab container. */
  close(): void {
    if (!this.#stream.destroyed) this.#stream.end();
  }

  #onStdout(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#onText(line);
      return;
    }
    this.#firstMessageAtMs ??= performance.now();
    this.#onSpoken();
    if (this.#messageHandlers.length === 0) this.#early.push(message);
    for (const handler of this.#messageHandlers) handler(message);
  }

  #onText(text: string): void {
    this.#lastText.push(text);
    if (this.#lastText.length > KEPT_LINES) this.#lastText.shift();
    for (const handler of this.#textHandlers) handler(text);
  }

  #finish(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#onSpoken();
    this.#stream.destroy();
    for (const handler of this.#endHandlers.splice(0)) handler(reason);
  }
}

/** Splits the engine's frames: type (1 stdout, 2 stderr), three zero bytes, big-endian length, payload. */
function demux(source: Duplex, stdout: PassThrough, stderr: PassThrough, onEnd: () => void): void {
  let pending: Buffer = Buffer.alloc(0);
  source.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const length = pending.readUInt32BE(4);
      if (pending.length < 8 + length) break;
      (pending[0] === 2 ? stderr : stdout).write(pending.subarray(8, 8 + length));
      pending = pending.subarray(8 + length);
    }
  });
  const end = () => {
    stdout.end();
    stderr.end();
    // The interfaces deliver their last lines first.
    setImmediate(onEnd);
  };
  source.once("end", end);
  source.once("close", end);
}
