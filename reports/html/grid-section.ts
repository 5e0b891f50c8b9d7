import type { GridCell } from "../../lab/model/grid.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { describeAxes, gridTables, hasOutcome } from "../render/grid-layout.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL } from "./markup.ts";

const SIGNS: Record<GridCell["status"], string> = { passed: "✓", explained: "≈", failed: "✗", no_data: "–" };

/** A grid as coloured cells; each is a button that shows its call. */
export function gridSection({ name, cells, legend }: ScenarioSummary): Markup {
  if (!cells || !hasOutcome(cells)) return NOTHING_AT_ALL;
  const tables = gridTables(cells).map((one) => {
    const head = one.columns.map((column) => html`<th scope="col"><span>${column}</span></th>`);
    const rows = one.rows.map(
      (row) =>
        html`<tr><th scope="row">${row}</th>${one.columns.map((column) => cellOf(name, one.at(row, column)))}</tr>`,
    );
    return html`<div class="scroll" tabindex="0" role="region" aria-label="${one.name}"><table class="grid"><caption>${one.name}: ${describeAxes(one, legend ?? [])}</caption>
<thead><tr><td></td>${head}</tr></thead><tbody>${rows}</tbody></table></div>`;
  });
  const words = (legend ?? []).map(({ label, description }) => html`<b>${label}</b>: ${description}`);
  return html`${tables}<p class="key">✓ as computed, ≈ otherwise and explained, ✗ not as computed, – no call</p>${fold("What the networks are", list(words))}`;
}

function cellOf(scenario: string, cell: GridCell | undefined): Markup {
  if (!cell) return html`<td></td>`;
  const came = cell.observed ?? "no call";
  const says = cell.observed === cell.expected ? came : `${came}, expected ${cell.expected}`;
  const title = cell.reason === null ? says : `${says}: ${cell.reason}`;
  const shown = html`${SIGNS[cell.status]} ${came}`;
  return html`<td class="cell ${cell.status} ${came}">${
    cell.session === null
      ? html`<span title="${title}">${shown}</span>`
      : html`<button type="button" data-open="${scenario}" data-session="${cell.session}" title="${title}">${shown}<span class="unseen">, ${title}</span></button>`
  }</td>`;
}
