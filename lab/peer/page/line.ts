import { useClock } from "../course/clock.ts";
import { type KeeperMessage, LINE_PATH, type PageMessage, type SessionCommand } from "../page-protocol.ts";
import type { AgentMessage } from "../protocol.ts";

/** Over loopback one takes a fifth of a millisecond; the first ones are slower, and any may be held up. */
const TIME_TRIPS = 12;

type OnCommand = (command: SessionCommand, receivedAtMs: number) => void;

/**
 * The page's end of the line to its keeper. Before it takes a command it learns the time: `performance.now()` counts from
 * the page's birth, on the kernel's CLOCK_MONOTONIC, so that one offset is right for good. It is the one of the shortest
 * of several round trips, and wrong by half of that at the most (0.1 to 0.5 ms); `performance.now()` itself is rounded to
 * 0.1 ms in Chromium.
 */
export class KeeperLine {
  readonly #socket: WebSocket;
  readonly #onCommand: OnCommand;
  #onTime: ((keeperMs: number) => void) | undefined;

  private constructor(socket: WebSocket, onCommand: OnCommand) {
    this.#socket = socket;
    this.#onCommand = onCommand;
    socket.addEventListener("message", ({ data }) => this.#receive(JSON.parse(String(data)) as KeeperMessage));
  }

  /** Resolves when the keeper has been told that the page is up. Rejects when there is no way to it. */
  static async open(onCommand: OnCommand): Promise<KeeperLine> {
    const url = new URL(LINE_PATH, import.meta.url);
    url.protocol = "ws:";
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("close", () => reject(new Error("the keeper does not answer")), { once: true });
    });
    const line = new KeeperLine(socket, onCommand);
    const clockErrorMs = await line.#learnTime();
    line.#send({ type: "up", clockErrorMs });
    return line;
  }

  report(report: AgentMessage): void {
    this.#send({ type: "report", report });
  }

  /** The page cannot go on. */
  broken(message: string): void {
    this.#send({ type: "broken", message });
  }

  #send(message: PageMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(message: KeeperMessage): void {
    if (message.type === "command") this.#onCommand(message.command, message.receivedAtMs);
    else if (message.type === "ping") this.#send({ type: "pong" });
    else this.#onTime?.(message.keeperMs);
  }

  async #learnTime(): Promise<number> {
    let best = { tripMs: Number.POSITIVE_INFINITY, offsetMs: 0 };
    for (let trip = 0; trip < TIME_TRIPS; trip++) {
      const askedAt = performance.now();
      const keeperMs = await new Promise<number>((resolve) => {
        this.#onTime = resolve;
        this.#send({ type: "ask-time" });
      });
      const heardAt = performance.now();
      const tripMs = heardAt - askedAt;
      if (tripMs < best.tripMs) best = { tripMs, offsetMs: keeperMs - (askedAt + heardAt) / 2 };
    }
    useClock(() => performance.now() + best.offsetMs);
    return best.tripMs / 2;
  }
}
