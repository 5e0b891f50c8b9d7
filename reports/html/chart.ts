import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { html, type Markup, raw } from "./markup.ts";

const WIDTH = 720;
const { document } = parseHTML("<!doctype html><html><body></body></html>");

/** A drawing that says in a sentence what it shows, for those who do not see it. Colours are the page's own variables. */
export type Chart = { title: string; summary: string; options: Plot.PlotOptions; legend?: readonly LegendEntry[] };

export type LegendEntry = { label: string; colour: string; isDashed?: boolean };

/** Drawn here and now into SVG: the page needs no library, and the same data are always the same bytes. */
export function drawChart({ title, summary, options, legend = [] }: Chart): Markup {
  const drawn = Plot.plot({
    width: WIDTH,
    height: 210,
    marginLeft: 56,
    marginBottom: 40,
    style: { background: "transparent", fontSize: "12px", fontFamily: "inherit" },
    ...options,
    x: { labelOffset: 36, ...options.x },
    document: document as unknown as NonNullable<Plot.PlotOptions["document"]>,
    ariaLabel: summary,
  });
  drawn.setAttribute("role", "img");
  // Groups have no role that may carry a name; the drawing's own says it all.
  for (const part of drawn.querySelectorAll("g[aria-label]")) part.removeAttribute("aria-label");
  return html`<figure><figcaption>${title}${legend.length === 0 ? "" : html`<span class="legend">${legend.map(entry)}</span>`}</figcaption><div class="chart" tabindex="0" role="group" aria-label="${title}">${raw(drawn.outerHTML)}</div></figure>`;
}

/** The page's palette: readable on both grounds, told apart without colours by line and label as well. */
export const COLOURS = {
  offered: "var(--series-1)",
  good: "var(--good)",
  bad: "var(--bad)",
  server: "var(--series-2)",
  other: "var(--series-3)",
  muted: "var(--muted)",
  target: "var(--target)",
} as const;

function entry({ label, colour, isDashed = false }: LegendEntry): Markup {
  return html`<span><i style="border-top:3px ${isDashed ? "dashed" : "solid"} ${colour}"></i>${label}</span>`;
}
