import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { IceServer } from "../../model/ice.ts";
import type { SessionCommand } from "../page-protocol.ts";
import type { AgentMessage } from "../protocol.ts";
import { Keeper, MAX_RESTARTS, type StartPage } from "./keeper.ts";

/** A browser that starts and ends when the test says. */
class TestBrowser {
  readonly reports: AgentMessage[] = [];
  readonly pages: { events: Parameters<StartPage>[0]; sent: SessionCommand[]; killed: boolean }[] = [];
  readonly keeper: Keeper;
  /** What the next start comes to; default: a page. */
  nextStart: (() => Promise<void>) | undefined;
  /** The next page is gone before anybody holds it. */
  endsAtOnce = false;
  nextDump = async () => "calls";

  constructor() {
    const start: StartPage = async (events) => {
      await this.nextStart?.();
      const page = { events, sent: [] as SessionCommand[], killed: false };
      this.pages.push(page);
      if (this.endsAtOnce) events.onGone({ code: "peer_crashed", message: "SIGSEGV" });
      this.endsAtOnce = false;
      return {
        version: "Test/1",
        send: (command) => void page.sent.push(command),
        dump: () => this.nextDump(),
        kill: async () => {
          page.killed = true;
        },
      };
    };
    this.keeper = new Keeper("offerer", start, (message) => void this.reports.push(message));
    vi.spyOn(process.stderr, "write").mockReturnValue(true);
  }

  join(session: number, iceServers: IceServer[] = []): void {
    const traffic = { messageBytes: 10, messagesPerSecond: 1, durationMs: 1_000 };
    const rest = { role: "offerer", transportPolicy: "all", traffic, timeoutMs: 1_000, waitedMs: 5 } as const;
    this.keeper.receive({ type: "join", session, ...rest, iceServers }, 1_000 + session);
  }

  async crash(message = "the browser ended: SIGSEGV"): Promise<void> {
    const page = this.pages.at(-1);
    page?.events.onGone({ code: "peer_crashed", message });
    await settled();
  }

  get ends(): unknown[] {
    return this.reports.flatMap((report) =>
      report.type === "ended" ? [[report.session, report.report.failure?.code, report.marks.joinedAtMs]] : [],
    );
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it("hands the page what the harness says, and the harness what the page says", async () => {
  const browser = new TestBrowser();
  expect(await browser.keeper.start()).toBe("Test/1");
  browser.join(1);
  browser.keeper.receive({ type: "leave", session: 1 }, 0);
  expect(browser.pages[0]?.sent.map(({ type }) => type)).toEqual(["join", "leave"]);
  expect(() => browser.join(1)).toThrow("session 1 is joined already");
  browser.pages[0]?.events.onReport({ type: "wants-restart", session: 1 });
  browser.pages[0]?.events.onReport({ type: "wants-restart", session: 2 });
  expect(browser.reports).toEqual([{ type: "wants-restart", session: 1 }]);
});

it("ends what ran in a page that is gone, kills it, and starts another for what is joined meanwhile", async () => {
  const browser = new TestBrowser();
  await browser.keeper.start();
  browser.join(1);
  browser.join(2);
  const started = Promise.withResolvers<void>();
  browser.nextStart = () => started.promise;
  await browser.crash();
  expect(browser.ends).toEqual([
    [1, "peer_crashed", 996],
    [2, "peer_crashed", 997],
  ]);
  expect(browser.pages[0]?.killed).toBe(true);
  browser.join(3);
  browser.keeper.receive({ type: "leave", session: 1 }, 0);
  started.resolve();
  await settled();
  expect(browser.pages[1]?.sent.map(({ type, session }) => [type, session])).toEqual([["join", 3]]);
  expect(browser.ends).toHaveLength(2);
  const [ended] = browser.reports;
  expect(ended?.type === "ended" && ended.report.failure?.message).toBe('Peer "offerer": the browser ended: SIGSEGV');
});

it("fails each session at once where the browser does not start", async () => {
  const browser = new TestBrowser();
  browser.nextStart = () => Promise.reject(new Error("spawn chromium ENOENT"));
  const starting = browser.keeper.start();
  browser.join(1);
  expect(await starting).toBeUndefined();
  browser.join(2);
  expect(browser.ends).toEqual([
    [1, "peer_not_started", 996],
    [2, "peer_not_started", 997],
  ]);
  expect(JSON.stringify(browser.reports)).toContain("spawn chromium ENOENT");
});

it("tries a start that failed once more", async () => {
  const browser = new TestBrowser();
  browser.nextStart = () => {
    browser.nextStart = undefined;
    return Promise.reject(new Error("exit code 1"));
  };
  expect(await browser.keeper.start()).toBe("Test/1");
});

it("starts another where a page is gone in the moment that it is up, with what waited for it", async () => {
  const browser = new TestBrowser();
  browser.endsAtOnce = true;
  browser.join(1);
  await browser.keeper.start();
  await settled();
  browser.join(2);
  expect(browser.ends).toEqual([[1, "peer_crashed", 996]]);
  expect(browser.pages.map(({ killed }) => killed)).toEqual([true, false]);
  expect(browser.pages[1]?.sent.map(({ session }) => session)).toEqual([2]);
});

it("does not start a browser for ever that breaks again and again", async () => {
  const browser = new TestBrowser();
  await browser.keeper.start();
  for (let crash = 0; crash <= MAX_RESTARTS; crash++) await browser.crash();
  expect(browser.pages).toHaveLength(1 + MAX_RESTARTS);
  browser.join(1);
  expect(browser.ends).toEqual([[1, "peer_not_started", 996]]);
  expect(JSON.stringify(browser.reports)).toContain("ended 4 times; the last time the browser ended: SIGSEGV");
});

describe("a dump", () => {
  it("holds no password that a session was given", async () => {
    const browser = new TestBrowser();
    browser.join(1, [{ urls: ["turn:t"], username: "alice", credential: "secret1" }]);
    await browser.keeper.start();
    const iceServers = [{ urls: ["turn:t"], username: "alice", credential: "secret2" }];
    browser.keeper.receive({ type: "configure", session: 1, iceServers }, 0);
    browser.nextDump = async () => "alice secret1 secret2";
    expect(await browser.keeper.dump()).toEqual({ text: "alice *** ***", note: null });
  });

  it("says what is not in it, and why there is none", async () => {
    const browser = new TestBrowser();
    await browser.keeper.start();
    browser.nextDump = () => Promise.reject(new Error("no tab"));
    expect(await browser.keeper.dump()).toEqual({ text: null, note: "no tab" });
    browser.nextDump = async () => "later calls";
    await browser.crash();
    expect(await browser.keeper.dump()).toEqual({
      text: "later calls",
      note: expect.stringContaining("only the calls since"),
    });
    browser.nextStart = () => Promise.reject(new Error("ENOENT"));
    await browser.crash();
    expect(await browser.keeper.dump()).toEqual({ text: null, note: "ENOENT" });
  });

  it("is not waited for longer than 5 s", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const browser = new TestBrowser();
    await browser.keeper.start();
    browser.nextDump = () => new Promise(() => {});
    const dump = browser.keeper.dump();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await dump).toEqual({ text: null, note: "its browser did not give one within 5 s" });
  });
});
