import type { JsonLine } from "../runtime/line.ts";
import {
  AGENT_MESSAGE_TYPES,
  type AgentMessage,
  type AgentSettings,
  DUMP_TIMEOUT_MS,
  type HostMessage,
  isMessage,
  type PeerDump,
  PROTOCOL_VERSION,
} from "./protocol.ts";

export type SessionMessage = Extract<AgentMessage, { session: number }>;
type SessionListener = { onMessage(message: SessionMessage): void; onGone(reason: string): void };

/** The harness's end of one peer's line: greets the agent, and hands each session its messages. */
export class PeerHandle {
  readonly name: string;
  /**
   * Resolves when the agent has answered the greeting, at `atMs` of `performance.now()`; rejects when it ended before.
   * `browser`: as that says it; absent: werift, or a browser that did not start.
   */
  readonly ready: Promise<{ browser?: string; atMs: number }>;
  readonly #line: JsonLine;
  readonly #sessions = new Map<number, SessionListener>();
  readonly #dumps: ((dump: PeerDump) => void)[] = [];
  #gone: string | null = null;

  constructor(name: string, line: JsonLine, settings: AgentSettings = {}) {
    this.name = name;
    this.#line = line;
    const ready = Promise.withResolvers<{ browser?: string; atMs: number }>();
    this.ready = ready.promise;
    // A peer that dies unasked is reported by its sessions; nobody need be waiting here.
    this.ready.catch(() => {});
    const leave = (reason: string) => {
      if (this.#gone !== null) return;
      this.#gone = reason;
      ready.reject(new Error(`peer "${name}": ${reason}`));
      for (const tell of this.#dumps.splice(0)) tell({ text: null, note: reason });
      for (const listener of [...this.#sessions.values()]) listener.onGone(reason);
    };
    line.onEnd((reason) => leave(reason));
    line.onMessage((message) => {
      if (!isMessage<AgentMessage>(message, AGENT_MESSAGE_TYPES))
        return leave("sent a line that is not of this protocol");
      if (message.type === "ready") ready.resolve({ browser: message.browser, atMs: performance.now() });
      else if (message.type === "fatal") leave(message.message);
      else if (message.type === "dump") this.#dumps.shift()?.({ text: message.text, note: message.note });
      else this.#sessions.get(message.session)?.onMessage(message);
    });
    this.send({ type: "hello", protocolVersion: PROTOCOL_VERSION, ...settings });
  }

  /** Registers one session; the returned function ends that. A peer that is gone says so at once. */
  attach(session: number, listener: SessionListener): () => void {
    if (this.#sessions.has(session)) throw new Error(`peer "${this.name}" has session ${session} already`);
    if (this.#gone !== null) queueMicrotask(() => listener.onGone(this.#gone ?? ""));
    this.#sessions.set(session, listener);
    return () => this.#sessions.delete(session);
  }

  /** Asks a browser for its dump. Resolves within `DUMP_TIMEOUT_MS` and a second, whatever becomes of the peer. */
  dump(): Promise<PeerDump> {
    if (this.#gone !== null) return Promise.resolve({ text: null, note: this.#gone });
    const { promise, resolve } = Promise.withResolvers<PeerDump>();
    const withinMs = DUMP_TIMEOUT_MS + 1_000;
    const timer = setTimeout(() => resolve({ text: null, note: `no answer in ${withinMs / 1000} s` }), withinMs);
    this.#dumps.push((dump) => {
      clearTimeout(timer);
      resolve(dump);
    });
    this.send({ type: "dump" });
    return promise;
  }

  /** Sends one message; to a peer that is gone, nothing happens: its sessions have been told. */
  send(message: HostMessage): void {
    if (this.#gone !== null) return;
    try {
      this.#line.send(message);
    } catch {
      // The line ended a moment ago, and onEnd follows.
    }
  }
}
