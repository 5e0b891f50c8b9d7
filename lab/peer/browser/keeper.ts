import { endedWith } from "../ended-with.ts";
import type { SessionCommand } from "../page-protocol.ts";
import { type AgentMessage, DUMP_TIMEOUT_MS, type Failure, type PeerDump } from "../protocol.ts";
import { withoutCredentials } from "./without-credentials.ts";

/** Why a page can carry sessions no more. */
export type GonePage = Failure & { code: "peer_crashed" | "peer_hung" };

/** A browser with its page that takes commands. */
export type KeptPage = {
  /** As the browser says it: `Chromium/156.0.8078.108`. */
  version: string;
  send(command: SessionCommand, receivedAtMs: number): void;
  /** The browser's own page about its calls, as it is saved there. Rejects when it cannot be had. */
  dump(): Promise<string>;
  /** Ends all of it; resolves when nothing is left. */
  kill(): Promise<void>;
};

/** Rejects when it does not start; then nothing of it is left. `onGone` is called once, of a page that had started. */
export type StartPage = (events: {
  onReport: (report: AgentMessage) => void;
  onGone: (gone: GonePage) => void;
}) => Promise<KeptPage>;

/** A browser that ended while it started is tried once more; for one that only took its time there is no time left. */
const TRIES = 2;
const NO_TRY_AFTER_MS = 20_000;
/** A browser that breaks again and again says so instead of going on for ever. */
export const MAX_RESTARTS = 3;

type Joined = { joinedAtMs: number };
type Waiting = { command: SessionCommand; receivedAtMs: number };

/**
 * Keeps one browser with one page in which all sessions run, and starts another when it breaks. Whatever happens to it,
 * each session that was joined gets its last word: from the page, or from here.
 */
export class Keeper {
  readonly #name: string;
  readonly #startPage: StartPage;
  readonly #report: (message: AgentMessage) => void;
  /** Sessions that have not ended. */
  readonly #joined = new Map<number, Joined>();
  /** What came while there was no page. */
  readonly #waiting: Waiting[] = [];
  /** Every password that a session was given. */
  readonly #credentials = new Set<string>();
  #page: KeptPage | null = null;
  #whyNone: string | null = null;
  #restarts = 0;

  /** `name`: the peer's, for messages. */
  constructor(name: string, startPage: StartPage, report: (message: AgentMessage) => void) {
    this.#name = name;
    this.#startPage = startPage;
    this.#report = report;
  }

  /** Resolves when there is a page, to its browser's version, or to undefined when there will be none. Never rejects. */
  async start(): Promise<string | undefined> {
    const startedAt = performance.now();
    for (let tries = 1; ; tries++) {
      // One that has gone at once is known by then, with what waited for it.
      const { promise: isKept, resolve: keep } = Promise.withResolvers<void>();
      try {
        this.#page = await this.#startPage({
          onReport: (report) => this.#onReport(report),
          onGone: (gone) => void isKept.then(() => this.#onGone(gone)),
        });
        keep();
        break;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        process.stderr.write(`the browser did not start (try ${tries}): ${message}\n`);
        if (tries === TRIES || performance.now() - startedAt > NO_TRY_AFTER_MS) return this.#giveUp(message);
      }
    }
    for (const { command, receivedAtMs } of this.#waiting.splice(0)) this.#page.send(command, receivedAtMs);
    return this.#page.version;
  }

  /** `receivedAtMs`: CLOCK_MONOTONIC. @throws Error for a session that is joined twice */
  receive(command: SessionCommand, receivedAtMs: number): void {
    const { session } = command;
    const given = "iceServers" in command ? command.iceServers : [];
    for (const { credential } of given) if (credential !== undefined) this.#credentials.add(credential);
    if (command.type === "join") {
      if (this.#joined.has(session)) throw new Error(`session ${session} is joined already`);
      this.#joined.set(session, { joinedAtMs: receivedAtMs - (command.waitedMs ?? 0) });
      if (this.#whyNone !== null) return this.#end(session, { code: "peer_not_started", message: this.#whyNone });
    }
    // A session that ended a moment ago may still be spoken to.
    if (!this.#joined.has(session)) return;
    if (this.#page) this.#page.send(command, receivedAtMs);
    else this.#waiting.push({ command, receivedAtMs });
  }

  /** Never rejects. Of a browser that was started again, the dump begins there. */
  async dump(): Promise<PeerDump> {
    if (!this.#page) return { text: null, note: this.#whyNone ?? "its browser is being started again" };
    const note = this.#restarts > 0 ? "its browser was started again, and knows only the calls since" : null;
    const late = Promise.withResolvers<never>();
    const message = `its browser did not give one within ${DUMP_TIMEOUT_MS / 1000} s`;
    const timer = setTimeout(() => late.reject(new Error(message)), DUMP_TIMEOUT_MS);
    try {
      const text = await Promise.race([this.#page.dump(), late.promise]);
      return { text: withoutCredentials(text, this.#credentials), note };
    } catch (error) {
      return { text: null, note: error instanceof Error ? error.message : String(error) };
    } finally {
      clearTimeout(timer);
    }
  }

  #onReport(report: AgentMessage): void {
    if ("session" in report) {
      if (!this.#joined.has(report.session)) return;
      if (report.type === "ended") this.#joined.delete(report.session);
    }
    this.#report(report);
  }

  async #onGone(gone: GonePage): Promise<void> {
    const page = this.#page;
    this.#page = null;
    process.stderr.write(`${gone.message}; ${this.#joined.size} sessions end with it\n`);
    for (const session of [...this.#joined.keys()]) this.#end(session, gone);
    await page?.kill();
    if (this.#restarts === MAX_RESTARTS) {
      this.#giveUp(`the browser has ended ${MAX_RESTARTS + 1} times; the last time ${gone.message}`);
      return;
    }
    this.#restarts++;
    await this.start();
  }

  #giveUp(why: string): undefined {
    this.#whyNone = why;
    this.#waiting.length = 0;
    for (const session of [...this.#joined.keys()]) this.#end(session, { code: "peer_not_started", message: why });
  }

  #end(session: number, { code, message }: Failure): void {
    const { joinedAtMs } = this.#joined.get(session) ?? {};
    this.#joined.delete(session);
    this.#report(endedWith(session, { code, message: `Peer "${this.#name}": ${message}` }, joinedAtMs));
  }
}
