import type { JsonLine } from "../runtime/line.ts";
import { isEvent } from "./protocol.ts";

/** What every agent of this room says, beside what is its own. */
export type CommonEvent = { event: "ready"; pid: number } | { event: "fatal"; message: string };

type Agent<C, E extends { event: string }> = {
  /** As errors call it. */
  name: string;
  greeting: C;
  events: readonly (E | CommonEvent)["event"][];
  /** What is neither `ready` nor `fatal`. */
  onEvent(event: E): void;
  /** At most once: whoever waits for something is told. */
  onGone(error: Error): void;
};

/** The harness's end of an agent's line: greets it, and knows whether it is there. `E`: what it says beside the common. */
export class AgentLine<C extends object, E extends { event: string }> {
  /** Resolves when it has answered the greeting; rejects when it ended before. `pid`: in its container. */
  readonly ready: Promise<{ pid: number }>;
  readonly #line: JsonLine;
  /** Why nothing comes from it any more; null: it is there. */
  #gone: Error | null = null;

  constructor(line: JsonLine, { name, greeting, events, onEvent, onGone }: Agent<C, E>) {
    this.#line = line;
    const { promise, resolve, reject } = Promise.withResolvers<{ pid: number }>();
    this.ready = promise;
    // One that dies unasked is reported by whoever uses it; nobody need be waiting here.
    this.ready.catch(() => {});
    const leave = (reason: string) => {
      if (this.#gone) return;
      this.#gone = new Error(`${name}: ${reason}`);
      reject(this.#gone);
      onGone(this.#gone);
    };
    line.onEnd(leave);
    line.onMessage((message) => {
      if (!isEvent<E | CommonEvent>(message, events)) leave("sent a line that is not of this protocol");
      else if (isCommon(message)) message.event === "ready" ? resolve({ pid: message.pid }) : leave(message.message);
      else onEvent(message);
    });
    this.send(greeting);
  }

  get gone(): Error | null {
    return this.#gone;
  }

  /** To one that is gone nothing is sent. */
  send(command: C): void {
    if (this.#gone) return;
    try {
      this.#line.send(command);
    } catch {
      // The line ended a moment ago, and onEnd follows.
    }
  }
}

function isCommon<E extends { event: string }>(message: E | CommonEvent): message is CommonEvent {
  return message.event === "ready" || message.event === "fatal";
}
