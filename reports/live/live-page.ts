import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { html, raw } from "../html/markup.ts";

/** In the order in which they need each other. */
const MODULES = [
  "../cell-standing.ts",
  "percentile.ts",
  "faults.ts",
  "progress-words.ts",
  "scenario-state.ts",
  "run-state.ts",
  "over-time.ts",
  "element.js",
  "line-chart.js",
  "live-script.js",
] as const;

const own = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

/**
 * The page that shows a run as it happens: one file that asks nobody but its own server, and that for `events` alone. What it
 * shows it works out of a run's events by the same code as the terminal's lines.
 */
export function renderLivePage(): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>turnlab: a run as it happens</title><link rel="icon" href="data:,"><style>${raw(own("../html/page.css"))}${raw(own("live.css"))}</style></head>
<body><a class="skip" href="#main">To the results</a>
<header><h1><span class="status" id="status">connecting</span> <span id="title">A run as it happens</span></h1>
<p class="verdict" id="far">Waiting for the run's first event.</p>
<p class="unseen" role="status" aria-live="polite" id="told"></p>
<div id="ended" hidden></div>
<noscript><p>This page needs its script: a run as it happens cannot be shown without one. The report is written when it has ended.</p></noscript>
<dl class="targets" id="tiles"></dl></header>
<main id="main">
<section aria-labelledby="faults-title"><h2 id="faults-title">Failed so far</h2><div id="faults"></div></section>
<section aria-labelledby="now-title"><h2 id="now-title">Now</h2><div id="now"></div></section>
<section aria-labelledby="scenarios-title"><h2 id="scenarios-title">Scenarios</h2><div id="scenarios"></div></section>
<section aria-labelledby="charts-title"><h2 id="charts-title">Over time</h2><div id="charts"></div></section>
</main>
<script type="module">${raw(pageScript())}</script></body></html>
`;
  return page.toString();
}

/** All of the page's modules as one: types are taken out, and imports and exports with them. */
export function pageScript(): string {
  return MODULES.map((file) =>
    (file.endsWith(".ts") ? stripTypeScriptTypes(own(file)) : own(file))
      .replace(/^import\s[^;]*?;\n/gm, "")
      .replace(/^export (?=const|function|class|async)/gm, ""),
  ).join("\n");
}
