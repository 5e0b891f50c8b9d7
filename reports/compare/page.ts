import { readFileSync } from "node:fs";
import { join } from "node:path";
import { html, type Markup, raw } from "../html/markup.ts";

const css = () => readFileSync(join(import.meta.dirname, "..", "html", "page.css"), "utf8");

/** A page that is one file and looks as a run's report does; it has no script at all. `header`: what follows its title. */
export function page(title: string, header: Markup, main: Markup): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title}</title><link rel="icon" href="data:,"><style>${raw(css())}</style></head>
<body><a class="skip" href="#main">To the results</a>
<header><h1>${title}</h1>${header}</header>
<main id="main">${main}</main></body></html>
`.toString();
}
