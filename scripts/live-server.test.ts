import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type ClientRequest, get, type IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import { exampleRun, runStarted, sessionFinished } from "../reports/example-run.ts";
import { isShown } from "../reports/live/shown-events.ts";
import { LOG_FILE, RunLog } from "../reports/run-log.ts";
import { LiveServer } from "./live-server.ts";

const RUN = runStarted().runId;
let folder: string;
let live: LiveServer;
let log: RunLog;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "turnlab-live-"));
  log = new RunLog(join(folder, LOG_FILE));
  live = await LiveServer.open(0);
});
afterEach(async () => {
  await live.end(null);
  log.close();
  rmSync(folder, { recursive: true });
});

const begin = () => live.begin({ runId: RUN, folder, plans: [] });
function add(...events: RunEvent[]): void {
  for (const event of events) log.append(event);
  live.grown();
}

type Told = { event: string; id: string | null; data: string };

/** Reads server-sent events (WHATWG HTML section 9.2) as they come. */
class Reader {
  readonly told: Told[] = [];
  readonly ended: Promise<void>;
  readonly #request: ClientRequest;
  response: IncomingMessage | null = null;

  constructor(path = "events", headers: Record<string, string> = {}, isSlow = false) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    let rest = "";
    this.#request = get(`${live.url}${path}`, { headers }, (response) => {
      this.response = response;
      response.once("close", resolve);
      if (isSlow) return void response.pause();
      response.setEncoding("utf8").on("data", (text: string) => {
        const parts = `${rest}${text}`.split("\n\n");
        rest = parts.pop() ?? "";
        this.told.push(...parts.map(toldOf));
      });
    });
    this.#request.on("error", () => resolve());
  }

  leave(): void {
    this.#request.destroy();
  }

  types(): string[] {
    return this.told.map(({ event, data }) => (event === "message" ? JSON.parse(data).type : event));
  }
}

function toldOf(text: string): Told {
  const field = (name: string) =>
    text
      .split("\n")
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);
  return { event: field("event") ?? "message", id: field("id") ?? null, data: field("data") ?? "" };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
function keptBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const until = (isSo: () => boolean) => expect.poll(isSo, { timeout: 5_000 }).toBe(true);

describe("a run's live page", () => {
  it("tells the very events of the log, the whole of them to who comes late and to who comes again", async () => {
    const early = new Reader();
    await until(() => early.response !== null);
    begin();
    add(...exampleRun());
    live.judged("mobile-to-home", "passed");
    await until(() => early.types().includes("run_finished") && early.types().includes("judged"));
    const late = new Reader();
    await until(() => late.types().includes("run_finished"));
    const logged = exampleRun()
      .map((event) => JSON.stringify(event))
      .filter(isShown);
    for (const { told } of [early, late])
      expect(told.filter(({ event }) => event === "message").map(({ data }) => data)).toEqual(logged);
    const about = JSON.parse(late.told[0]?.data ?? "");
    expect(about).toMatchObject({ runId: RUN, folder, verdicts: { "mobile-to-home": "passed" } });
    // A line that broke goes on where it was; that of another run, or garbage, begins anew.
    const { id } = late.told[10] ?? {};
    const again = new Reader("events", { "Last-Event-ID": id ?? "" });
    const other = new Reader("events", { "Last-Event-ID": "other/99" });
    const garbage = new Reader("events", { "Last-Event-ID": `${RUN}/-1; ../..` });
    for (const reader of [again, other, garbage]) await until(() => reader.types().includes("run_finished"));
    expect(again.told.slice(1).map(({ data }) => data)).toEqual(logged.slice(10));
    for (const { told } of [other, garbage]) expect(told.slice(1).map(({ data }) => data)).toEqual(logged);
    for (const reader of [early, late, again, other, garbage]) reader.leave();
  });

  it("ends with the run: readers are told, may fetch the report, and then there is nobody", async () => {
    begin();
    const { url } = live;
    const reader = new Reader();
    await until(() => reader.told.length > 0);
    expect((await fetch(`${url}report.html`)).status).toBe(404);
    add(...exampleRun());
    writeFileSync(join(folder, "report.html"), "<p>the report");
    const isOver = live.end("failed");
    await reader.ended;
    expect(reader.types().slice(-2)).toEqual(["run_finished", "ended"]);
    expect(JSON.parse(reader.told.at(-1)?.data ?? "")).toEqual({ status: "failed", hasReport: true });
    expect(await (await fetch(`${url}report.html`)).text()).toBe("<p>the report");
    const since = performance.now();
    await isOver;
    expect(performance.now() - since).toBeLessThan(500);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("is not held back by a reader who does not read, and keeps nothing for it", async () => {
    begin();
    const slow = new Reader("events", {}, true);
    await until(() => slow.response !== null);
    const message = "x".repeat(10_000);
    const before = keptBytes();
    const since = performance.now();
    for (let number = 0; number < 4_000; number++)
      add(sessionFinished("one", number, { failure: { code: "ice_failed", message } }));
    const tookMs = performance.now() - since;
    await sleep(200);
    // 40 MB were logged, and none of it waits here.
    expect(keptBytes() - before).toBeLessThan(5e6);
    expect(tookMs).toBeLessThan(4_000);
    const quick = new Reader();
    await until(() => quick.told.length === 4_001);
    const end = performance.now();
    await live.end("passed");
    expect(performance.now() - end).toBeLessThan(3_000);
    quick.leave();
  });

  it("costs nothing when its page is closed", async () => {
    begin();
    const reader = new Reader();
    await until(() => reader.told.length > 0);
    reader.leave();
    await reader.ended;
    add(...exampleRun());
    await sleep(50);
    const since = performance.now();
    await live.end("passed");
    expect(performance.now() - since).toBeLessThan(200);
  });

  it("may be opened before the run begins, and ends also where none did", async () => {
    const reader = new Reader();
    await until(() => reader.response !== null);
    expect(reader.told).toEqual([]);
    await live.end(null);
    await reader.ended;
    expect(reader.told).toEqual([]);
  });
});

describe("who may ask", () => {
  const ask = (path: string, { method = "GET", host }: { method?: string; host?: string } = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const { port } = new URL(live.url);
      const headers = { host: host ?? `127.0.0.1:${port}`, origin: "https://evil.example" };
      const request = get({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        response.resume();
        resolve(response);
      });
      request.on("error", reject);
    });

  it("is this machine alone, by its own name", async () => {
    begin();
    for (const host of ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example:1"])
      for (const path of ["/", "/events", "/report.html"])
        expect({ host, path, status: (await ask(path, { host })).statusCode }).toEqual({ host, path, status: 421 });
    for (const host of ["localhost:1234", "127.0.0.1"]) expect((await ask("/", { host })).statusCode).toBe(200);
    expect(live.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  });

  it("gets a page that may ask nobody else, and other origins get nothing", async () => {
    begin();
    const { headers } = await ask("/");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; connect-src 'self';/);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
    expect((await ask("/", { method: "POST" })).statusCode).toBe(405);
    for (const path of ["/run.jsonl", "/../run.jsonl", "/%2e%2e/run.jsonl", "/report.html/.."])
      expect((await ask(path)).statusCode).toBe(404);
  });

  it("is told what is wrong with a port before anything starts", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    const { port } = holder.address() as { port: number };
    await expect(LiveServer.open(port)).rejects.toThrow(
      `--live ${port}\n    expected  a port of 127.0.0.1 that is free\n    found     one that is in use`,
    );
    holder.close();
  });
});
