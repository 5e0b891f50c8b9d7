import { readFileSync } from "node:fs";
import type { Browser } from "puppeteer-core";
import type { AgentSettings } from "../protocol.ts";
import type { BrowserName, PlanBrowser } from "./browser-plan.ts";
import { BrowserProcess } from "./browser-process.ts";
import { certificatesOf } from "./certificates.ts";
import { planChromium } from "./chromium.ts";
import { planFirefox } from "./firefox.ts";
import type { GonePage, KeptPage, StartPage } from "./keeper.ts";
import { PageLine } from "./page-line.ts";
import type { PageServer } from "./page-server.ts";

const PLANS: Record<BrowserName, PlanBrowser> = { chromium: planChromium, firefox: planFirefox };

/** Authorities that the lab's peers trust beside the browser's own. */
const AUTHORITIES_FILE = "/etc/turnlab/ca.pem";

/** As the browser says it, written when the image was built. */
const VERSION_FILE = "/turnlab/browser-version";

/** A browser that is not up after this long, where two at once take two seconds on two cores, will not be. */
const START_TIMEOUT_MS = 45_000;
/** A page that has not come after this long is asked for again: Chromium gives one up when the network changes under it. */
const RELOAD_AFTER_MS = 10_000;
/** How much later than its page's socket a browser's end may be known. */
const EXIT_DELAY_MS = 300;

/** How `browser` is started with its page, over and over. */
export function pageStarter(name: BrowserName, settings: AgentSettings, server: PageServer): StartPage {
  const plan = (profile: string) => {
    const certificates = certificatesOf(readFileSync(AUTHORITIES_FILE, "utf8"));
    return PLANS[name]({ proxy: settings.proxy, mdns: settings.mdns, dumps: settings.dumps, certificates }, profile);
  };
  return (events) => startPage(name, plan, { server, dumps: settings.dumps === true }, events);
}

async function startPage(
  name: BrowserName,
  plan: Parameters<typeof BrowserProcess.start>[0],
  { server, dumps }: { server: PageServer; dumps: boolean },
  { onReport, onGone }: Parameters<StartPage>[0],
): Promise<KeptPage> {
  const browser = BrowserProcess.start(plan, server.url);
  let automated: Promise<Browser> | undefined;
  // A browser takes one hand only.
  const automation = () => (automated ??= import("./automation.ts").then(({ automate }) => automate(name, browser)));
  const { promise: gone, resolve: tellGone } = Promise.withResolvers<GonePage>();
  const { promise: up, resolve: tellUp } = Promise.withResolvers<PageLine>();
  const crashed = (message: string) => tellGone({ code: "peer_crashed", message });
  const closed = async () => {
    const reason = await Promise.race([browser.ended, pause(EXIT_DELAY_MS)]);
    crashed(reason === null ? "the page crashed, or was left" : `the browser ended: ${reason}`);
  };
  let line: PageLine | undefined;
  server.expect((socket) => {
    line?.close();
    const opened = new PageLine(socket, {
      onUp: (clockErrorMs) => {
        process.stderr.write(`the page is up, and knows the time to ${clockErrorMs.toFixed(2)} ms\n`);
        tellUp(opened);
      },
      onReport,
      onHung: (forMs) => tellGone({ code: "peer_hung", message: `the page did not answer for ${forMs / 1000} s` }),
      onBroken: (message) => crashed(`the page broke: ${message}`),
      // A page that is loaded again while it starts is another one.
      onClosed: () => void (opened === line && closed()),
    });
    line = opened;
  });
  void browser.ended.then((reason) => crashed(`the browser ended: ${reason}`));
  const kill = async () => {
    line?.close();
    await browser.kill();
  };
  const starting = new AbortController();
  try {
    const failed = gone.then(({ message }) => Promise.reject(new Error(withLastText(message, browser))));
    const late = pause(START_TIMEOUT_MS, starting.signal).then(() =>
      Promise.reject(new Error(withLastText(`the browser was not up after ${START_TIMEOUT_MS / 1000} s`, browser))),
    );
    for (const rejection of [failed, late]) rejection.catch(() => {});
    void loadAgain(automation, server.url, starting.signal);
    const page = await Promise.race([up, failed, late]);
    const dump = dumps ? await Promise.race([readyToDump(name, automation), failed, late]) : noDump;
    void gone.then(onGone);
    return {
      version: versionIn(readFileSync(VERSION_FILE, "utf8")),
      send: (command, receivedAtMs) => page.send({ type: "command", command, receivedAtMs }),
      dump,
      kill,
    };
  } catch (error) {
    await kill();
    throw error;
  } finally {
    starting.abort();
  }
}

/** What dumps the browser's calls from now on. */
async function readyToDump(name: BrowserName, automation: () => Promise<Browser>): Promise<KeptPage["dump"]> {
  const { DUMPERS } = await import("./dumps.ts");
  try {
    return await DUMPERS[name](automation);
  } catch (error) {
    // Its calls do not need it.
    return () => Promise.reject(error);
  }
}

async function noDump(): Promise<string> {
  throw new Error("it was not told that a dump is wanted");
}

async function loadAgain(automation: () => Promise<Browser>, url: string, signal: AbortSignal): Promise<void> {
  await pause(RELOAD_AFTER_MS, signal);
  if (signal.aborted) return;
  process.stderr.write("the page has not come, and is loaded again\n");
  try {
    const browser = await automation();
    while (!signal.aborted) {
      const [page = await browser.newPage()] = await browser.pages();
      await page.goto(url, { timeout: RELOAD_AFTER_MS }).catch((error: Error) => console.error(error.message));
      await pause(RELOAD_AFTER_MS, signal);
    }
  } catch (error) {
    // Where the browser has ended, its process tells.
    console.error(error);
  }
}

/** `Chromium 156.0.8078.108 built on …` and `Mozilla Firefox 153.8.0esr` as name and version, with a slash between. */
export function versionIn(said: string): string {
  const [, name, version] = /(Chromium|Firefox) (\S+)/.exec(said) ?? [];
  return name ? `${name}/${version}` : said.trim();
}

function withLastText(message: string, { lastText }: BrowserProcess): string {
  return lastText === "" ? message : `${message}\n${lastText}`;
}

/** Resolves to null, at once where the signal says so. */
function pause(ms: number, signal?: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, null);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve(null);
    });
  });
}
