/**
 * The pictures of docs/: screenshots of the reports of real runs. `node scripts/docs-pictures.ts FOLDER`, where FOLDER is what
 * `node scripts/run-docs.ts --lab --keep FOLDER` has left: each report is made again from its log, opened in a Chromium of this
 * machine (`TURNLAB_CHROMIUM`, else /usr/bin/chromium) and the part that a page talks of kept as PNG.
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { launch, type Page } from "puppeteer-core";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { runCommand } from "./docs/run-block.ts";

/** GitHub shows no wider one; a small file is one that a clone does not notice. */
const WIDTH = 1000;
const MOST_BYTES = 150_000;

type Picture = { name: string; run: string; file: string; show: (page: Page) => Promise<Clip> };
type Clip = { x: number; y: number; width: number; height: number };

const top = (height: number) => async (): Promise<Clip> => ({ x: 0, y: 0, width: WIDTH, height });

/** A part of the page from its own top on, no higher than that. */
const part =
  (selector: string, height: number) =>
  async (page: Page): Promise<Clip> => {
    await page.evaluate(
      `for (let fold = document.querySelector(${JSON.stringify(selector)}); fold; fold = fold.parentElement) if (fold.tagName === "DETAILS") fold.open = true`,
    );
    const box = await (await page.waitForSelector(selector))?.boundingBox();
    if (!box) throw new Error(`${selector} is not on the page`);
    const y = Math.max(0, box.y - 12);
    return { x: Math.max(0, box.x - 12), y, width: box.width + 24, height: Math.min(height, box.height + 24) };
  };

/** One session, as a reader picks it. */
const session = (height: number) => async (page: Page) => {
  await page.click("button[data-session], details.sessions > summary");
  await page.waitForSelector(".session h4");
  return await part(".session", height)(page);
};

const PICTURES: readonly Picture[] = [
  { name: "run-report", run: "first-run", file: "report.html", show: top(715) },
  { name: "gate-report", run: "gate-run", file: "gate.html", show: top(890) },
  { name: "capacity-report", run: "capacity-run", file: "capacity.html", show: top(1100) },
  { name: "run-session", run: "blocked", file: "report.html", show: session(900) },
];

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("expected the folder that run-docs.ts --keep has left");
const pictures = join(PROJECT_ROOT, "docs/pictures");
mkdirSync(pictures, { recursive: true });
const browser = await launch({
  executablePath: process.env.TURNLAB_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
});
for (const { name, run, file, show } of PICTURES.filter(({ run }) => existsSync(join(folder, run)))) {
  const made = await runCommand(`./turnlab report ${run}`, folder);
  if (made.exit !== 0 && made.exit !== 99) throw new Error(`${run}: ${made.stderr}`);
  const page = await browser.newPage();
  await page.setViewport({ width: WIDTH, height: 800 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await page.goto(`file://${join(folder, run, file)}`, { waitUntil: "load" });
  const path = join(pictures, `${name}.png`) as `${string}.png`;
  await page.screenshot({ path, clip: await show(page), captureBeyondViewport: true });
  const { size } = statSync(path);
  console.log(`${name}.png: ${Math.round(size / 1000)} kB`);
  if (size > MOST_BYTES) throw new Error(`${name}.png is larger than ${MOST_BYTES / 1000} kB: show less`);
  await page.close();
}
await browser.close();
