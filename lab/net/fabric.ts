import type { MachineCounters } from "../model/node-counters.ts";
import type { StartedHeld } from "../runtime/held-container.ts";
import type { ExecResult, FabricEvent, FabricReply, FabricRequest, RawSample, SampleTarget } from "./agent/protocol.ts";

type Ask = FabricRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

type OnSamples = (samples: RawSample[], machine: MachineCounters) => void;

/** A program that runs inside the fabric and speaks lines. */
export type FabricProcess = {
  pid: number;
  write(line: string): Promise<void>;
  onLine(handler: (line: string) => void): void;
  onEnd(handler: (stderr: string, code: number | null) => void): void;
  kill(): Promise<void>;
};

/** How much is kept of a program that nobody has begun to listen to; of most nobody ever does. */
const EARLY_EVENTS = 20;

/** Host side of the fabric: the one who builds wires and reaches into namespaces. Never through the host itself. */
export class Fabric implements AsyncDisposable {
  readonly container: StartedHeld;
  readonly ready: Promise<void>;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #lineHandlers = new Map<string, (line: string) => void>();
  readonly #endHandlers = new Map<string, (stderr: string, code: number | null) => void>();
  /** What a program said before anybody listened: its first words may come in one piece with the news of its start. */
  readonly #early = new Map<string, Extract<FabricEvent, { name: string }>[]>();
  #onSamples: OnSamples = () => {};
  #nextId = 1;

  constructor(container: StartedHeld) {
    this.container = container;
    this.ready = new Promise((resolve, reject) => {
      container.line.onMessage((message) => this.#receive(message as FabricReply | FabricEvent, resolve));
      container.line.onEnd((reason) => {
        const error = new Error(`the fabric is gone (${reason})\n${container.line.lastText}`.trimEnd());
        reject(error);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
        this.#waiting.clear();
        for (const ended of this.#endHandlers.values()) ended(error.message, null);
      });
    });
    // A fabric that breaks later is reported by whoever waits for an answer then.
    this.ready.catch(() => {});
  }

  /** Runs a program and returns what it said; a non-zero exit is an error with its stderr. */
  async exec(argv: string[], options: { stdin?: string; netns?: number } = {}): Promise<string> {
    const { code, stdout, stderr } = (await this.#ask({ op: "exec", argv, ...options })) as ExecResult;
    if (code !== 0) throw new Error(`${argv.join(" ")} exited ${code}: ${(stderr || stdout).trim()}`);
    return stdout;
  }

  /** Starts a program that stays, in a network namespace of its own or in a node's. */
  async spawn(
    name: string,
    argv: string[],
    where: { netns?: number; ownNetns?: boolean } = {},
  ): Promise<FabricProcess> {
    const { pid } = (await this.#ask({ op: "spawn", name, argv, ...where })) as { pid: number };
    return {
      pid,
      write: async (line) => {
        if (!(await this.#ask({ op: "write", name, line }))) throw new Error(`${name} has ended`);
      },
      onLine: (handler) => {
        this.#lineHandlers.set(name, handler);
        for (const event of this.#takeEarly(name, "output")) this.#tell(event);
      },
      onEnd: (handler) => {
        this.#endHandlers.set(name, handler);
        for (const event of this.#takeEarly(name, "ended")) this.#tell(event);
      },
      kill: async () => void (await this.#ask({ op: "kill", name })),
    };
  }

  /** Sets values of a namespace's own /proc/sys, by dotted name; one that is not there, or does not take, is an error. */
  async sysctl(netns: number, values: Record<string, number | string>): Promise<void> {
    await this.#ask({ op: "sysctl", netns, values });
  }

  async guard(pids: number[]): Promise<void> {
    await this.#ask({ op: "guard", pids });
  }

  async sample(targets: SampleTarget[], intervalMs: number, onSamples: OnSamples): Promise<void> {
    this.#onSamples = onSamples;
    await this.#ask({ op: "sample", intervalMs, targets });
  }

  async stopSampling(): Promise<void> {
    await this.#ask({ op: "stop-sampling" });
  }

  end(): Promise<void> {
    return this.container.end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #ask(request: Ask): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      try {
        this.container.line.send({ id, ...request });
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  #receive(message: FabricReply | FabricEvent, ready: () => void): void {
    if ("id" in message) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.ok) waiting?.resolve(message.result);
      else waiting?.reject(new Error(message.error));
    } else if (message.event === "ready") ready();
    else if (message.event === "sample") this.#onSamples(message.samples, message.machine);
    else this.#tell(message);
  }

  #tell(event: Extract<FabricEvent, { name: string }>): void {
    const { name } = event;
    const handler = (event.event === "output" ? this.#lineHandlers : this.#endHandlers).get(name);
    if (!handler) this.#early.set(name, [...(this.#early.get(name) ?? []).slice(-EARLY_EVENTS), event]);
    else if (event.event === "output") this.#lineHandlers.get(name)?.(event.line);
    else this.#endHandlers.get(name)?.(event.stderr, event.code);
  }

  #takeEarly(name: string, kind: "output" | "ended"): Extract<FabricEvent, { name: string }>[] {
    const early = this.#early.get(name) ?? [];
    this.#early.set(
      name,
      early.filter(({ event }) => event !== kind),
    );
    return early.filter(({ event }) => event === kind);
  }
}
