import type { JsonLine } from "../runtime/line.ts";
import { FAR_PEER_EVENTS, type FarPeerCommand, type FarPeerCount, type FarPeerEvent, isEvent } from "./protocol.ts";

type Waiting<T> = { resolve(value: T): void; reject(error: Error): void };

/** The harness's end of the line to the peer that sends packets back. */
export class FarPeerHandle {
  readonly name: string;
  readonly ready: Promise<{ pid: number }>;
  readonly #line: JsonLine;
  #listening: Waiting<number> | null = null;
  readonly #counting: Waiting<FarPeerCount>[] = [];
  #gone: string | null = null;

  constructor(name: string, line: JsonLine) {
    this.name = name;
    this.#line = line;
    const ready = Promise.withResolvers<{ pid: number }>();
    this.ready = ready.promise;
    this.ready.catch(() => {});
    const leave = (reason: string) => {
      if (this.#gone !== null) return;
      this.#gone = reason;
      ready.reject(this.#broken());
      this.#listening?.reject(this.#broken());
      for (const { reject } of this.#counting.splice(0)) reject(this.#broken());
    };
    line.onEnd((reason) => leave(reason));
    line.onMessage((message) => {
      if (!isEvent<FarPeerEvent>(message, FAR_PEER_EVENTS)) return leave("sent a line that is not of this protocol");
      if (message.event === "ready") ready.resolve({ pid: message.pid });
      else if (message.event === "fatal") leave(message.message);
      else if (message.event === "listening") this.#listening?.resolve(message.port);
      else {
        const { event: _, ...count } = message;
        this.#counting.shift()?.resolve(count);
      }
    });
    this.#send({ op: "hello" });
  }

  /** Resolves with the port. Once, when its namespace has its address. */
  listen(port = 0, address = "0.0.0.0"): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#listening = { resolve, reject };
    this.#send({ op: "listen", address, port });
    if (this.#gone !== null) reject(this.#broken());
    return promise;
  }

  count(): Promise<FarPeerCount> {
    const { promise, resolve, reject } = Promise.withResolvers<FarPeerCount>();
    this.#counting.push({ resolve, reject });
    this.#send({ op: "count" });
    if (this.#gone !== null) reject(this.#broken());
    return promise;
  }

  #send(command: FarPeerCommand): void {
    if (this.#gone !== null) return;
    try {
      this.#line.send(command);
    } catch {
      // The line ended a moment ago, and onEnd follows.
    }
  }

  #broken(): Error {
    return new Error(`far peer "${this.name}": ${this.#gone}`);
  }
}
