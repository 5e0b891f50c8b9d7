import { html, type Markup, NOTHING_AT_ALL } from "../markup.ts";

/** A part of a page under its title; nothing at all without content. */
export function section(id: string, title: string, ...content: readonly Markup[]): Markup {
  if (content.every((part) => part.toString() === "")) return NOTHING_AT_ALL;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}
