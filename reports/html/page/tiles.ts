import { html, type Markup } from "../markup.ts";

/** One of the few things that are seen first. `kind` colours it; `word` says the same to those who see no colours. */
export type Tile = { title: string; value: string; note: string; kind: "passed" | "failed" | "open"; word?: string };

export function tiles(all: readonly Tile[]): Markup {
  return html`<dl class="targets">${all.map(tile)}</dl>`;
}

function tile({ title, value, note, kind, word = "" }: Tile): Markup {
  return html`<div class="target ${kind}"><dt>${title}</dt><dd><strong>${value}</strong> <span class="met ${kind}">${word}</span><small>${note}</small></dd></div>`;
}
