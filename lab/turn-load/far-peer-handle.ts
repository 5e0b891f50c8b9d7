import type { JsonLine } from "../runtime/line.ts";
import { AgentLine, type CommonEvent } from "./agent-line.ts";
import { FAR_PEER_EVENTS, type FarPeerCommand, type FarPeerCount, type FarPeerEvent } from "./protocol.ts";

/** The harness's end of the line to the peer that sends packets back. */
export class FarPeerHandle {
  readonly #agent: AgentLine<FarPeerCommand, Exclude<FarPeerEvent, CommonEvent>>;
  #listening: PromiseWithResolvers<number> | null = null;
  readonly #counting: PromiseWithResolvers<FarPeerCount>[] = [];

  constructor(name: string, line: JsonLine) {
    this.#agent = new AgentLine(line, {
      name: `far peer "${name}"`,
      greeting: { op: "hello" },
      events: FAR_PEER_EVENTS,
      onEvent: (message) => {
        if (message.event === "listening") this.#listening?.resolve(message.port);
        else {
          const { event: _, ...count } = message;
          this.#counting.shift()?.resolve(count);
        }
      },
      onGone: (error) => {
        for (const waiting of [this.#listening, ...this.#counting.splice(0)]) waiting?.reject(error);
      },
    });
  }

  get ready(): Promise<{ pid: number }> {
    return this.#agent.ready;
  }

  /** Resolves with the port. Once, when its namespace has its address. */
  listen(port = 0, address = "0.0.0.0"): Promise<number> {
    this.#listening = this.#ask({ op: "listen", address, port });
    return this.#listening.promise;
  }

  count(): Promise<FarPeerCount> {
    const counting = this.#ask<FarPeerCount>({ op: "count" });
    this.#counting.push(counting);
    return counting.promise;
  }

  #ask<T>(command: FarPeerCommand): PromiseWithResolvers<T> {
    const waiting = Promise.withResolvers<T>();
    this.#agent.send(command);
    if (this.#agent.gone) waiting.reject(this.#agent.gone);
    return waiting;
  }
}
