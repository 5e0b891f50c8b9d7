import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, join, relative } from "node:path";
import { tarOf } from "./archive.ts";
import { LABEL } from "./container-events.ts";
import { copyOut } from "./copy-out.ts";
import { ensureEngine } from "./engine.ts";
import { execIn } from "./exec-in.ts";
import { startHeld } from "./held-container.ts";
import { ensureImages } from "./images.ts";

const FOLDER = "/turnlab/look";
const say = (line: string) => void process.stderr.write(`${line}\n`);

/**
 * For tests: opens pages with a program in a container that has a Chromium and no network, and gives what the program says in its
 * last line, which is JSON. It has playwright-core, and is told the folder of `files` (names and contents), axe-core's file, and
 * whether to take pictures: TURNLAB_PICTURES names a folder for whoever wants to look at them.
 */
export async function visitPages<Visit>(program: string, files: Record<string, string>): Promise<Visit[]> {
  const engine = await ensureEngine(say);
  const { chromium: image } = await ensureImages(engine, ["chromium"], say);
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
  const archive = await tarOf([
    { path: `${FOLDER}/visit.js`, content: stripTypeScriptTypes(readFileSync(program, "utf8")) },
    { path: `${FOLDER}/axe.js`, content: axe },
    ...playwright(),
    ...Object.entries(files).map(([name, content]) => ({ path: `${FOLDER}/pages/${name}`, content })),
  ]);
  const labels = { [LABEL.run]: `look-${process.pid}`, [LABEL.node]: "browser" };
  const entrypoint = ["tini", "--", "cat"];
  await using container = await startHeld(engine.docker, {
    image,
    name: "browser",
    labels,
    entrypoint,
    archives: [archive],
  });
  const pictures = process.env.TURNLAB_PICTURES;
  const words = ["node", `${FOLDER}/visit.js`, `${FOLDER}/pages`, `${FOLDER}/axe.js`];
  const said = await execIn(engine.docker, container.id, [...words, ...(pictures === undefined ? [] : ["pictures"])]);
  if (pictures !== undefined) {
    mkdirSync(pictures, { recursive: true });
    for await (const { name, content } of copyOut(engine.docker, container.id, `${FOLDER}/pages`))
      if (/\.(png|pdf)$/.test(name)) writeFileSync(join(pictures, name), content);
  }
  return JSON.parse(said.trim().split("\n").at(-1) ?? "[]");
}

/** What launches a browser and speaks to it: the image has puppeteer, for its peers. Its own pages (traces, recorders) are not needed. */
function playwright() {
  const root = dirname(createRequire(import.meta.url).resolve("playwright-core/package.json"));
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !/^(types|bin|lib\/(vite|tools))\/|\.(md|txt|wasm|LICENSE)$/.test(file))
    .map((file) => ({
      path: `${FOLDER}/node_modules/playwright-core/${file}`,
      content: readFileSync(join(root, file)),
    }));
}
