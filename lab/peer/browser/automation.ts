import puppeteer, { type Browser, type ConnectionTransport } from "puppeteer-core";
import type { BrowserName } from "./browser-plan.ts";
import type { BrowserProcess } from "./browser-process.ts";

/** Certificates are judged as for any user, and nobody looks at the page. */
const OPTIONS = { acceptInsecureCerts: false, defaultViewport: null } as const;

/**
 * Takes a browser by the hand: Chromium over its CDP pipe, Firefox over WebDriver BiDi. Its calls do not need that, and its
 * start would be a second longer with it.
 */
export async function automate(name: BrowserName, browser: BrowserProcess): Promise<Browser> {
  if (name === "chromium") return puppeteer.connect({ ...OPTIONS, transport: new PipeTransport(browser) });
  const browserWSEndpoint = `${await browser.bidiEndpoint}/session`;
  return puppeteer.connect({ ...OPTIONS, protocol: "webDriverBiDi", browserWSEndpoint });
}

class PipeTransport implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  readonly #pipe: BrowserProcess["pipe"];
  #pending: Buffer[] = [];

  constructor({ pipe }: BrowserProcess) {
    this.#pipe = pipe;
    pipe.from.on("data", (chunk: Buffer) => this.#take(chunk));
    pipe.from.once("close", () => this.onclose?.());
    // A browser that has ended is told by its process.
    pipe.from.on("error", () => {});
    pipe.to.on("error", () => {});
  }

  send(message: string): void {
    this.#pipe.to.write(`${message}\0`);
  }

  close(): void {
    this.#pipe.to.end();
    this.#pipe.from.destroy();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end !== -1; end = chunk.indexOf(0, start)) {
      const message = Buffer.concat([...this.#pending, chunk.subarray(start, end)]).toString();
      this.#pending = [];
      start = end + 1;
      this.onmessage?.(message);
    }
    if (start < chunk.length) this.#pending.push(chunk.subarray(start));
  }
}
