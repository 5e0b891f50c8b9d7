import type { WebSocket } from "ws";
import { kernelMs } from "../kernel-clock.ts";
import type { KeeperMessage, PageMessage } from "../page-protocol.ts";

/** How often a page is asked whether it still runs. */
const PING_INTERVAL_MS = 1_000;
/** Nothing at all for so many of them in a row: it hangs. Twenty calls at once hold a page up for a tenth of it. */
const UNANSWERED_PINGS = 5;

export type PageEvents = {
  /** The page has its clock and takes commands. `clockErrorMs`: by how much its times may be wrong. */
  onUp: (clockErrorMs: number) => void;
  onReport: (report: Extract<PageMessage, { type: "report" }>["report"]) => void;
  onHung: (forMs: number) => void;
  onBroken: (message: string) => void;
  onClosed: () => void;
};

/** The keeper's end of the line to one page. */
export class PageLine {
  readonly #socket: WebSocket;
  readonly #events: PageEvents;
  readonly #pings: NodeJS.Timeout;
  #unanswered = 0;

  constructor(socket: WebSocket, events: PageEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on("message", (data) => this.#receive(JSON.parse(String(data)) as PageMessage));
    socket.on("error", (error) => process.stderr.write(`the page's socket: ${error.message}\n`));
    socket.on("close", () => {
      this.close();
      events.onClosed();
    });
    // A keeper that was held up itself counts none meanwhile: what is late of an interval is not made up for.
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS);
  }

  send(message: KeeperMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  close(): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
  }

  #ping(): void {
    if (this.#unanswered === UNANSWERED_PINGS) {
      clearInterval(this.#pings);
      return this.#events.onHung(UNANSWERED_PINGS * PING_INTERVAL_MS);
    }
    this.#unanswered++;
    this.send({ type: "ping" });
  }

  #receive(message: PageMessage): void {
    this.#unanswered = 0;
    switch (message.type) {
      case "ask-time":
        return this.send({ type: "time", keeperMs: kernelMs() });
      case "up":
        return this.#events.onUp(message.clockErrorMs);
      case "report":
        return this.#events.onReport(message.report);
      case "broken":
        return this.#events.onBroken(message.message);
    }
  }
}
