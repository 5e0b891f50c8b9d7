import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, type Markup, raw } from "../markup.ts";

const own = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");

const FOLDS = html`<script type="module">${raw(own("folds.js"))}</script>`;

/** `status`: the word that colours the title. `top`: under the verdict, what is seen first. `scripts`: in the place of what opens folds for paper. */
export type Page = { title: string; status: string; verdict: string; top: Markup; main: Markup; scripts?: Markup };

/** A page that is one file: its policy forbids it to load anything, it reads without its script, and it says the same on paper. */
export function renderPage({ title, status, verdict, top, main, scripts = FOLDS }: Page): string {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title><link rel="icon" href="data:,"><style>${raw(own("../page.css"))}${raw(own("parts.css"))}</style></head>
<body><a class="skip" href="#main">To the results</a>
<header><h1><span class="status ${status}">${title}</span></h1><p class="verdict">${verdict}</p>${top}</header>
<main id="main">${main}</main>
${scripts}</body></html>
`;
  return page.toString();
}
