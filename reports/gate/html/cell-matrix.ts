import type { CellResult, CellTally, GateReport } from "../../../lab/model/gate.ts";
import { scoreInterval } from "../../../lab/statistics/score-interval.ts";
import { html, type Markup, NOTHING_AT_ALL } from "../../html/markup.ts";
import { formatInterval } from "../../render/format.ts";
import { describeCellVerdict, describeTally, hasCalled } from "../gate-words.ts";

const SIGNS: Record<CellResult["verdict"], string> = { passed: "✓", failed: "✗", already_there: "≈", undecided: "?" };

/** Kinds of calls by the clients' network, coloured; each leads to its cell. */
export function cellMatrix(report: GateReport): Markup {
  const { cells } = report;
  if (cells.length === 0 || !hasCalled(report)) return NOTHING_AT_ALL;
  const networks = [...new Set(cells.map(({ network }) => network))];
  const kinds = [...new Set(cells.map(kindOf))];
  const rows = kinds.map(
    (kind) =>
      html`<tr><th scope="row">${kind}</th>${networks.map((network) =>
        matrixCell(cells, (cell) => cell.network === network && kindOf(cell) === kind),
      )}</tr>`,
  );
  const caption = "Good calls by network and kind; below the 95 % interval, then the baseline's";
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table class="matrix"><caption>${caption}</caption>
<thead><tr><td></td>${networks.map((network) => html`<th scope="col">${network}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
<p class="key">✓ works, ✗ fails, ≈ as bad with the baseline, ? undecided; empty: not asked, for another cell tells it</p>`;
}

/** What a cell is beside its network: `udp-blocked` is that network with all that clients are given. */
function kindOf({ id, network }: CellResult): string {
  if (id === network) return "all URLs that clients are given";
  if (id === "load") return "all at once (load)";
  return id.startsWith(`${network} `) ? id.slice(network.length + 1) : id;
}

export const cellAnchor = (index: number) => `cell-${index + 1}`;

function matrixCell(cells: readonly CellResult[], isIt: (cell: CellResult) => boolean): Markup {
  const index = cells.findIndex(isIt);
  const cell = cells[index];
  if (!cell) return html`<td></td>`;
  const baseline = cell.baseline ? html`<small>baseline ${describeTally(cell.baseline)}</small>` : NOTHING_AT_ALL;
  return html`<td class="cell ${cell.verdict}"><a href="#${cellAnchor(index)}"><b>${SIGNS[cell.verdict]} ${describeTally(cell.candidate)}</b><span class="unseen">, ${describeCellVerdict(cell)}, </span><small>${intervalOf(cell.candidate)}</small>${baseline}</a></td>`;
}

/** Wilson's, of good calls; nothing without calls. */
export function intervalOf({ succeeded, calls }: CellTally): string {
  return calls === 0 ? "not called" : `${formatInterval(scoreInterval(succeeded, calls))} %`;
}
