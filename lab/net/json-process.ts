import { AgentError, type AgentErrorCode } from "./agent/agent-error.ts";
import type { Operations, Reply } from "./agent/probe-protocol.ts";
import type { FabricProcess } from "./fabric.ts";

/** Requests and answers, as JSON lines, with an agent that runs inside the fabric (observer, NAT probe). */
export class JsonProcess<Ops extends Operations> {
  readonly #process: FabricProcess;
  readonly #name: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #ended: Error | null = null;

  /** `onEnded` is told when the agent ends, however it does. */
  constructor(name: string, process: FabricProcess, onEnded: (reason: string) => void = () => {}) {
    this.#name = name;
    this.#process = process;
    process.onLine((line) => this.#receive(line));
    process.onEnd((stderr) => {
      this.#ended = new Error(`${name} ended: ${stderr.trim()}`);
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
      onEnded(this.#ended.message);
    });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Sends one request. Rejects with an AgentError when the agent says no, and when it is gone. */
  async ask<Op extends keyof Ops & string>(op: Op, command: Ops[Op]["command"]): Promise<Ops[Op]["result"]> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#process.write(JSON.stringify({ id, op, ...command })).catch(reject);
    return (await promise) as Ops[Op]["result"];
  }

  kill(): Promise<void> {
    return this.#process.kill();
  }

  #receive(line: string): void {
    let reply: Reply<unknown>;
    try {
      reply = JSON.parse(line) as Reply<unknown>;
    } catch {
      return; // Not a reply; agents log on stderr.
    }
    const waiting = this.#waiting.get(Number(reply.id));
    this.#waiting.delete(Number(reply.id));
    if (reply.ok) waiting?.resolve(reply.result);
    else waiting?.reject(new AgentError(reply.error.code as AgentErrorCode, `${this.#name}: ${reply.error.message}`));
  }
}
