import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { launch, type Page } from "puppeteer-core";

/** Runs in a container with a browser and no network: opens every page of a folder, and prints what was seen of each. */

export type Visit = {
  page: string;
  theme: string;
  /** Errors of the page and on its console; requests for anything but the page itself. */
  errors: string[];
  requests: string[];
  /** Milliseconds of the longest task, opening and showing a session together. */
  longestTaskMs: number;
  charts: number;
  /** What can be worked with, and what of it Tab did not come to. */
  controls: number;
  unreached: string[];
  /** axe-core's findings of impact serious or critical. */
  faults: string[];
  /** Wider than the window: something sticks out. */
  overflowPx: number;
  /** The session that was shown after the first button or fold was used; empty without sessions. */
  shown: string;
};

const BOTH = ["run.html", "gate.html", "capacity.html"];
const SIZES = { wide: { width: 1200, height: 900 }, phone: { width: 375, height: 800 } } as const;
const CONTROLS = "a[href], button, select, summary, [tabindex]";

const [, , folder = "", axe = ""] = process.argv;
const browser = await launch({
  executablePath: "/usr/lib/chromium/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
  pipe: true,
});
const visits: Visit[] = [];
/** What the server of a live page answered, each in a file; its policy is with the page. */
const LIVE = { page: "live.html", origin: "http://127.0.0.1:1", events: "live.events" } as const;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".html")))
  for (const theme of [...BOTH, LIVE.page].includes(file) ? ["light", "dark"] : ["light"])
    visits.push(await visit(file, theme));
await browser.close();
process.stdout.write(`\n${JSON.stringify(visits)}\n`);

async function visit(file: string, theme: string): Promise<Visit> {
  const page = await browser.newPage();
  const [errors, requests]: string[][] = [[], []];
  page.on("pageerror", (error) => errors?.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors?.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().endsWith(file) && !request.url().startsWith("data:")) requests?.push(request.url());
  });
  if (file === LIVE.page) await answerLive(page);
  await page.setViewport(SIZES.wide);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  await page.evaluateOnNewDocument(
    `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask", buffered: true });`,
  );
  await page.goto(file === LIVE.page ? `${LIVE.origin}/${file}` : `file://${folder}/${file}`, { waitUntil: "load" });
  if (file === LIVE.page) await page.waitForSelector("#ended a", { timeout: 5_000 });
  const shown = await showSession(page);
  const longestTaskMs = Number(
    await page.evaluate("new Promise((done) => setTimeout(() => done(Math.max(0, ...tasks)), 100))"),
  );
  await page.screenshot({ path: `${folder}/${file}.${theme}.png`, fullPage: true });
  await page.evaluate(`for (const fold of document.querySelectorAll("details")) fold.open = true`);
  const charts = Number(await page.evaluate(`document.querySelectorAll("figure svg").length`));
  const { controls, unreached } = await tabThrough(page);
  const faults = await runAxe(page);
  await page.setViewport(SIZES.phone);
  const overflowPx = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
  await page.screenshot({ path: `${folder}/${file}.${theme}.phone.png` });
  await page.close();
  return {
    page: file,
    theme,
    errors: errors ?? [],
    requests: requests ?? [],
    longestTaskMs,
    charts,
    controls,
    unreached,
    faults,
    overflowPx,
    shown,
  };
}

/** In place of its server: the answers that this gave over loopback. */
async function answerLive(page: Page): Promise<void> {
  await page.setRequestInterception(true);
  const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8");
  const { page: name, events } = LIVE;
  page.on("request", (request) => {
    const asked = request.url().slice(LIVE.origin.length + 1);
    if (asked === name)
      void request.respond({ headers: JSON.parse(read("live.headers")), contentType: "text/html", body: read(name) });
    else if (asked === "events") void request.respond({ contentType: "text/event-stream", body: read(events) });
    else if (asked === "report.html") void request.respond({ contentType: "text/html", body: read("live.report") });
    else void request.continue();
  });
}

/** Uses the first button that opens a session, else the first fold of sessions, with the keyboard alone. */
async function showSession(page: Page): Promise<string> {
  const found = await page.$("button[data-session], details.sessions > summary");
  if (!found) return "";
  await page.evaluate(`for (const fold of document.querySelectorAll("details:not(.sessions)")) fold.open = true`);
  await found.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".session h4", { timeout: 5_000 });
  return String(await page.evaluate(`document.querySelector(".session h4").textContent`));
}

async function tabThrough(page: Page): Promise<{ controls: number; unreached: string[] }> {
  await page.evaluate(`window.reached = new Set(); window.scrollTo(0, 0); document.activeElement?.blur();
    document.addEventListener("focusin", (event) => reached.add(event.target)); getSelection().removeAllRanges();`);
  const wanted = `[...document.querySelectorAll("${CONTROLS}")].filter((one) => one.checkVisibility())`;
  const controls = Number(await page.evaluate(`${wanted}.length`));
  for (let pressed = 0; pressed <= controls; pressed++) await page.keyboard.press("Tab");
  const unreached = await page.evaluate(
    `${wanted}.filter((one) => !reached.has(one)).map((one) => one.outerHTML.slice(0, 120))`,
  );
  return { controls, unreached: unreached as string[] };
}

async function runAxe(page: Page): Promise<string[]> {
  // The page's own policy forbids scripts from elsewhere; what is put in by the debugger is none.
  await page.addScriptTag({ path: axe }).catch(async () => void (await page.evaluate(readFileSync(axe, "utf8"))));
  const found = (await page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")))`)) as string[];
  return found;
}

// Kept for whoever looks at the pictures.
writeFileSync(`${folder}/visits.json`, JSON.stringify(visits, null, 2));
