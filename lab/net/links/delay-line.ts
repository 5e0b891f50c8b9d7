import { type LinkConditions, queueMsOf } from "../../model/link.ts";
import type { FabricProcess } from "../fabric.ts";

/** What one direction of a delay line did with frames since it was plugged. */
export type LineCounters = {
  received: number;
  sent: number;
  lost: number;
  tooLong: number;
  queueFull: number;
  /** Frames that the program or the kernel could not hold: the lab's own fault, not the conditions'. */
  overrun: number;
};

type Reply = { ready: true } | ({ ok: boolean } & Record<"up" | "down", LineCounters>);
type Answer = Exclude<Reply, { ready: true }>;

/** The machine does not let a program send raw frames: no delay line can be had. */
export class NoRawSocketsError extends Error {
  override readonly name = "NoRawSocketsError";
}

/** As in docker/fabric/frames.h. */
const EXIT_NO_MEANS = 3;

/** Host side of docker/fabric/delay-line.c: one wire, whose conditions can be changed at any time. */
export class DelayLine {
  readonly #process: FabricProcess;
  readonly #waiting: PromiseWithResolvers<Answer>[] = [];
  readonly #ready = Promise.withResolvers<void>();
  #carries = false;
  #ended: Error | null = null;

  private constructor(process: FabricProcess, name: string, onBroken: (reason: string) => void) {
    this.#process = process;
    process.onLine((line) => this.#receive(JSON.parse(line) as Reply));
    process.onEnd((stderr, code) => {
      const message = `the delay line of ${name} ended: ${stderr.trim() || `exit ${code}`}`;
      this.#ended = code === EXIT_NO_MEANS ? new NoRawSocketsError(message) : new Error(message);
      this.#ready.reject(this.#ended);
      for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
      if (this.#carries) onBroken(message);
    });
  }

  /** Takes a started `delay-line` over; returns when it carries frames. @throws NoRawSocketsError */
  static async start(process: FabricProcess, name: string, onBroken: (reason: string) => void): Promise<DelayLine> {
    const line = new DelayLine(process, name, onBroken);
    await line.#ready.promise;
    return line;
  }

  /** Sets both directions; `mtu` is the largest packet that passes, where larger ones are to vanish. */
  async set({ up, down }: Record<"up" | "down", LinkConditions>, mtu: number | null): Promise<void> {
    await Promise.all([this.#ask(delayLineCommand("up", up, mtu)), this.#ask(delayLineCommand("down", down, mtu))]);
  }

  async counters(): Promise<Record<"up" | "down", LineCounters>> {
    const { up, down } = await this.#ask("counters");
    return { up, down };
  }

  async #ask(command: string): Promise<Answer> {
    if (this.#ended) throw this.#ended;
    const waiting = Promise.withResolvers<Answer>();
    this.#waiting.push(waiting);
    this.#process.write(command).catch(waiting.reject);
    const answer = await waiting.promise;
    if (!answer.ok) throw new Error(`the delay line did not understand: ${command}`);
    return answer;
  }

  #receive(reply: Reply): void {
    if ("ready" in reply) {
      this.#carries = true;
      this.#ready.resolve();
    } else this.#waiting.shift()?.resolve(reply);
  }
}

/** One line of the program's input: what is not named is as on a bare wire. */
export function delayLineCommand(direction: "up" | "down", conditions: LinkConditions, mtu: number | null): string {
  const { latencyMs, jitterMs, loss, rateKbps } = conditions;
  const settings = {
    latencyMs,
    jitterMs,
    loss,
    rateKbps,
    queueMs: rateKbps && queueMsOf(conditions),
    mtu: mtu ?? undefined,
  };
  const words = Object.entries(settings).flatMap(([key, value]) => (value ? [`${key}=${value}`] : []));
  return [direction, ...words].join(" ");
}
