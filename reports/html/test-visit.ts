import { readdirSync, readFileSync, writeFileSync } from "node:fs";

import { chromium, type Page } from "playwright-core";

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
  /** Parts of folds that paper does not show, and what sticks out there. */
  hiddenOnPaper: string[];
  widerThanPaperPx: number;
  /** The session that was shown after the first button or fold was used; empty without sessions. */
  shown: string;
};

const BOTH = ["run.html", "gate.html", "capacity.html"];
const SIZES = { wide: { width: 1200, height: 900 }, phone: { width: 375, height: 800 } } as const;
const CONTROLS = "a[href], button, select, summary, [tabindex]";

const [, , folder = "", axe = "", pictures = ""] = process.argv;
const withPictures = pictures !== "";
const axeSource = readFileSync(axe, "utf8");
const browser = await chromium.launch({
  executablePath: "/usr/lib/chromium/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const visits: Visit[] = [];
/** What the server of a live page answered, each in a file; its policy is with the page. */
const LIVE = { page: "live.html", origin: "http://127.0.0.1:1", events: "live.events" } as const;
for (const file of readdirSync(folder).filter((name) => name.endsWith(".html")))
  for (const theme of BOTH.includes(file) ? (["light", "dark"] as const) : (["light"] as const))
    visits.push(await visit(file, theme));
await browser.close();
process.stdout.write(`\n${JSON.stringify(visits)}\n`);

async function visit(file: string, colorScheme: "light" | "dark"): Promise<Visit> {
  const context = await browser.newContext({ viewport: SIZES.wide, colorScheme });
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().endsWith(file) && !request.url().startsWith("data:")) requests.push(request.url());
  });
  if (file === LIVE.page) await answerLive(page);
  await page.addInitScript(
    `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((one) => one.duration))).observe({ type: "longtask", buffered: true });`,
  );
  await page.goto(file === LIVE.page ? `${LIVE.origin}/${file}` : `file://${folder}/${file}`, { waitUntil: "load" });
  if (file === LIVE.page) await page.waitForSelector("#ended a", { timeout: 5_000 });
  const shown = await showSession(page);
  const longestTaskMs = Number(
    await page.evaluate("new Promise((done) => setTimeout(() => done(Math.max(0, ...tasks)), 100))"),
  );
  const picture = `${folder}/${file}.${colorScheme}`;
  if (withPictures) await page.screenshot({ path: `${picture}.png`, fullPage: true });
  await page.evaluate(`for (const fold of document.querySelectorAll("details")) fold.open = true`);
  const charts = Number(await page.evaluate(`document.querySelectorAll("figure svg").length`));
  const { controls, unreached } = await tabThrough(page);
  const faults = await runAxe(page);
  await page.setViewportSize(SIZES.phone);
  const overflowPx = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
  if (withPictures) await page.screenshot({ path: `${picture}.phone.png` });
  const printed = await print(page, `${picture}.pdf`);
  await context.close();
  return {
    ...{ page: file, theme: colorScheme, errors, requests, longestTaskMs, charts, controls, unreached, faults },
    ...{ overflowPx, shown, ...printed },
  };
}

/** In place of its server: the answers that this gave over loopback. */
async function answerLive(page: Page): Promise<void> {
  const read = (name: string) => readFileSync(`${folder}/${name}`, "utf8");
  const { page: name, events, origin } = LIVE;
  await page.route(`${origin}/${name}`, (route) =>
    route.fulfill({ headers: JSON.parse(read("live.headers")), contentType: "text/html", body: read(name) }),
  );
  await page.route(`${origin}/events`, (route) =>
    route.fulfill({ contentType: "text/event-stream", body: read(events) }),
  );
  await page.route(`${origin}/report.html`, (route) =>
    route.fulfill({ contentType: "text/html", body: read("live.report") }),
  );
}

/** As paper shows it: every fold's content, nothing wider than the sheet. The sheet is A4 less a centimetre at each side. */
async function print(page: Page, path: string): Promise<{ hiddenOnPaper: string[]; widerThanPaperPx: number }> {
  await page.evaluate(`for (const fold of document.querySelectorAll("details")) fold.open = false`);
  await page.setViewportSize({ width: 718, height: 1000 });
  await page.emulateMedia({ media: "print" });
  const hiddenOnPaper = (await page.evaluate(
    `[...document.querySelectorAll("details:not(.sessions) > :not(summary, .sessions)")].filter((one) => !one.checkVisibility()).map((one) => one.outerHTML.slice(0, 120))`,
  )) as string[];
  const widerThanPaperPx = Number(await page.evaluate("document.documentElement.scrollWidth - innerWidth"));
  if (withPictures)
    await page.pdf({ path, format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
  return { hiddenOnPaper, widerThanPaperPx };
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
  // The page's own policy forbids scripts from elsewhere; what the debugger evaluates is none.
  await page.evaluate(axeSource);
  const found = (await page.evaluate(`axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")))`)) as string[];
  return found;
}

// Kept for whoever looks at the pictures.
writeFileSync(`${folder}/visits.json`, JSON.stringify(visits, null, 2));
