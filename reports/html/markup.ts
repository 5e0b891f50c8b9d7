import { html as template, raw as unescaped } from "hono/html";

/** Markup that is safe to put into a page: every value in it was escaped, or was markup already. */
export type Markup = { readonly isEscaped: true; toString(): string };

/** Text becomes markup: values are escaped, markup and lists of it are taken as they are, null and false are nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly unknown[]): Markup {
  return template(strings, ...values) as unknown as Markup;
}

/** Only for what this room made itself. */
export function raw(text: string): Markup {
  return unescaped(text) as unknown as Markup;
}

export const NOTHING_AT_ALL: Markup = raw("");

/** Left-aligned text, or right-aligned figures. */
export type Column = { title: string; isFigure?: boolean };

/** A table with a caption for those who cannot see where it stands; empty without rows. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly unknown[])[]): Markup {
  if (rows.length === 0) return NOTHING_AT_ALL;
  const kind = ({ isFigure }: Column) => (isFigure ? "figure" : "");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col" class="${kind(column)}">${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) =>
        index === 0
          ? html`<th scope="row">${cell}</th>`
          : html`<td class="${kind(columns[index] ?? { title: "" })}">${cell}</td>`,
      )}</tr>`,
  )}</tbody></table></div>`;
}

export function list(items: readonly unknown[]): Markup {
  return items.length === 0 ? NOTHING_AT_ALL : html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

/** What is looked at only by who wants to: closed, but for print. */
export function fold(title: unknown, content: Markup, isOpen = false): Markup {
  return content.toString() === ""
    ? NOTHING_AT_ALL
    : html`<details ${isOpen ? "open" : ""}><summary>${title}</summary>${content}</details>`;
}
