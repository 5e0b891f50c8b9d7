import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { RunStatus, ScenarioStatus } from "../lab/model/summary.ts";
import { renderLivePage } from "../reports/live/live-page.ts";
import type { ScenarioPlan } from "../reports/live/scenario-plan.ts";
import { isShown } from "../reports/live/shown-events.ts";
import { LOG_FILE } from "../reports/run-log.ts";
import { followLog } from "./follow-log.ts";
import { isForLoopback, LOOPBACK, listenOnLoopback } from "./loopback.ts";

const REPORT_FILE = "report.html";
const MOST_READERS = 16;
/** How long readers have, when the run has ended, to take what is left and the report. */
const LAST_MS = 2_000;

const HEADERS = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};
const POLICY =
  "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

type LiveRun = { runId: string; folder: string; plans: readonly ScenarioPlan[] };

/** A run as a page on loopback: what it shows is read from the run's own log, from the beginning for everybody who comes. */
export class LiveServer {
  readonly #server: Server;
  readonly #page = renderLivePage();
  readonly #verdicts = new Map<string, ScenarioStatus>();
  readonly #readers = new Set<ServerResponse>();
  /** Readers at the end who have not fetched the report. */
  #toFetch = 0;
  #fetched: (() => void) | null = null;
  #run: LiveRun | null = null;
  #isOver = false;
  #status: RunStatus | null = null;
  #grown = Promise.withResolvers<void>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("request", (request, response) => this.#answer(request, response));
  }

  /** @throws InvalidInput where the port cannot be had. 0: any that is free. */
  static async open(port: number): Promise<LiveServer> {
    return new LiveServer(await listenOnLoopback(port, "--live"));
  }

  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** From now on there is a run; its log exists. */
  begin(run: LiveRun): void {
    this.#run = run;
    this.grown();
  }

  /** The log has grown. */
  grown(): void {
    const { resolve } = this.#grown;
    this.#grown = Promise.withResolvers();
    resolve();
  }

  judged(scenario: string, status: ScenarioStatus): void {
    this.#verdicts.set(scenario, status);
    for (const reader of this.#readers) send(reader, "judged", { scenario, status });
  }

  /** Gives readers what is left, and a moment for the report; then there is no server. `status` null: the run came to none. */
  async end(status: RunStatus | null): Promise<void> {
    this.#status = status;
    this.#isOver = true;
    this.#toFetch = this.#run && status ? this.#readers.size : 0;
    const isFetched = new Promise<void>((resolve) => {
      this.#fetched = resolve;
    });
    this.grown();
    if (this.#readers.size > 0) {
      const last = new AbortController();
      const late = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LAST_MS);
        last.signal.addEventListener("abort", () => clearTimeout(timer));
      });
      await Promise.race([late, isFetched]);
      last.abort();
    }
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    if (!isForLoopback(request)) return refuse(response, 421, `expected the host ${LOOPBACK} or localhost`);
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(response, 405, "expected GET");
    }
    switch (request.url?.split("?")[0]) {
      case "/":
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("Content-Type", "text/html; charset=utf-8");
        response.end(this.#page);
        return;
      case "/events":
        void this.#stream(request, response).catch(() => response.destroy());
        return;
      case `/${REPORT_FILE}`:
        void this.#report(response).catch(() => response.destroy());
        return;
      default:
        return refuse(response, 404, "expected /, /events or /report.html");
    }
  }

  async #stream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#readers.size >= MOST_READERS) return refuse(response, 503, `${MOST_READERS} pages are open already`);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    if (request.method === "HEAD") return void response.end();
    response.flushHeaders();
    this.#readers.add(response);
    const closed = once(response, "close").then(() => this.#left(response));
    while (!this.#run && !this.#isOver) await Promise.race([this.#grown.promise, closed]);
    if (!this.#run || response.destroyed) return void response.end();
    const { runId, folder, plans } = this.#run;
    send(response, "about", { runId, folder, plans, now: Date.now(), verdicts: Object.fromEntries(this.#verdicts) });
    const lines = followLog(join(folder, LOG_FILE), offsetOf(request, runId), {
      isOver: () => this.#isOver || response.destroyed,
      grown: () => Promise.race([this.#grown.promise, closed]),
    });
    for await (const read of lines) {
      const events = read.filter(({ text }) => isShown(text));
      const told = events.map(({ text, nextOffset }) => `id: ${runId}/${nextOffset}\ndata: ${text}\n\n`).join("");
      if (response.destroyed) return;
      // Who is slow reads the file later: no more than this waits for anybody.
      if (told !== "" && !response.write(told)) await Promise.race([once(response, "drain"), closed]);
    }
    send(response, "ended", { status: this.#status, hasReport: this.#hasReport() });
    response.end();
  }

  #left(reader: ServerResponse): void {
    this.#readers.delete(reader);
    // Gone before it was told that the run has ended: it fetches nothing.
    if (this.#isOver && !reader.writableFinished) this.#oneLess();
    else if (this.#isOver && this.#toFetch === 0 && this.#readers.size === 0) this.#fetched?.();
  }

  #oneLess(): void {
    this.#toFetch -= 1;
    if (this.#toFetch <= 0) this.#fetched?.();
  }

  #hasReport(): boolean {
    return this.#run !== null && this.#status !== null && existsSync(join(this.#run.folder, REPORT_FILE));
  }

  async #report(response: ServerResponse): Promise<void> {
    if (!this.#run || !this.#hasReport()) return refuse(response, 404, "the run has not ended");
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    await pipeline(createReadStream(join(this.#run.folder, REPORT_FILE)), response);
    this.#oneLess();
  }
}

function send(response: ServerResponse, event: string, data: unknown): void {
  if (!response.destroyed && !response.writableEnded)
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${why}\n`);
}

/** Where a reader who lost the line goes on; of another run, or with garbage, at the beginning. */
function offsetOf({ headers }: IncomingMessage, runId: string): number {
  const [run, offset] = String(headers["last-event-id"] ?? "").split("/");
  return run === runId && offset !== undefined && /^\d{1,15}$/.test(offset) ? Number(offset) : 0;
}
