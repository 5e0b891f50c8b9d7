import { html, type Markup } from "../../html/markup.ts";

const AROUND = 3;

/** A line of a file with its neighbours; what they say was cleared of secrets when it was logged. */
export function linesAround(lines: readonly string[], number: number, label: string): Markup {
  const from = Math.max(1, number - AROUND);
  const shown = lines.slice(from - 1, number + AROUND);
  return html`<div class="lines" tabindex="0" role="group" aria-label="${label}">${shown.map((line, index) =>
    lineOf(from + index, line, from + index === number ? "at" : ""),
  )}</div>`;
}

/** `kind`: `at`, `added`, `removed`, or nothing. */
export function lineOf(number: number | null, line: string, kind: string, sign = kind === "at" ? "▶" : " "): Markup {
  return html`<span class="${kind}"><span class="number">${number ?? ""}</span>${sign} ${line}</span>`;
}
