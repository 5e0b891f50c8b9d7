import type { Browser, Page } from "puppeteer-core";
import type { BrowserName } from "./browser-plan.ts";

/** Makes a browser ready to dump its calls from now on; what it resolves to gives the dump. */
type Dumper = (automation: () => Promise<Browser>) => Promise<() => Promise<string>>;

export const DUMPERS: Record<BrowserName, Dumper> = { chromium: webrtcInternals, firefox: aboutWebrtc };

/**
 * Chromium records while chrome://webrtc-internals is open, and no earlier; of a call that is closed that page forgets all at
 * once, which it is kept from: `cr.webUIListenerCallback` is what the browser tells it everything by.
 */
async function webrtcInternals(automation: () => Promise<Browser>): Promise<() => Promise<string>> {
  const browser = await automation();
  const tab = await browser.newPage({ background: true });
  await tab.goto("chrome://webrtc-internals");
  await tab.evaluate(FORGET_NOTHING);
  return async () => String(await tab.evaluate(DOWNLOAD));
}

const FORGET_NOTHING = `{
  const tell = cr.webUIListenerCallback;
  cr.webUIListenerCallback = (event, ...data) => event === "remove-peer-connection" || tell(event, ...data);
}`;

/** Presses the button that downloads the dump, uncompressed, and takes what it would save. */
const DOWNLOAD = `new Promise((resolve) => {
  const { createObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    URL.createObjectURL = createObjectURL;
    resolve(blob.text());
    return "#";
  };
  // Nothing is to be saved in the container.
  addEventListener("click", (event) => event.target.download && event.preventDefault(), true);
  const compress = document.getElementById("dump-checkbox");
  if (compress?.checked) compress.click();
  const button = document.getElementById("dump-click-target");
  if (!button) throw new Error("chrome://webrtc-internals has no button for its dump");
  button.click();
})`;

/** Firefox keeps what it knows of closed calls too, and shows it whenever about:webrtc is opened. */
async function aboutWebrtc(automation: () => Promise<Browser>): Promise<() => Promise<string>> {
  return async () => {
    const browser = await automation();
    const tab = await browser.newPage();
    // It goes to another process, where the end of its loading is never told.
    tab.goto("about:webrtc").catch(() => {});
    try {
      return await whenShown(tab);
    } finally {
      void tab.close().catch(() => {});
    }
  };
}

/** The page when all is there, calls first and the log behind them, and every button has its words. */
const SHOWN = `document.querySelector("[data-l10n-id=about-webrtc-log-clear]") &&
  [...document.querySelectorAll("button[data-l10n-id]")].every((button) => button.textContent !== "")
  ? document.documentElement.outerHTML
  : null`;

const POLL_MS = 50;

/** For ever, where it never is; the keeper does not wait that long. */
async function whenShown(tab: Page): Promise<string> {
  for (;;) {
    // It has no document while it moves.
    const text = await tab.evaluate(SHOWN).catch((error: Error) => {
      if (tab.isClosed()) throw error;
      return null;
    });
    if (typeof text === "string") return `<!DOCTYPE html>${text}`;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
