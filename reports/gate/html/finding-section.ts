import type { GateFinding, GateReport } from "../../../lab/model/gate.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL } from "../../html/markup.ts";
import { plural } from "../../render/format.ts";
import { describeAlso, describePlace, describeRule } from "../gate-words.ts";
import { linesAround } from "./config-lines.ts";

/** One finding: who is affected and how, the line, why, the mend, what was seen. `lines`: the candidate's; null: the log has none. */
export function findingSection(
  finding: GateFinding,
  lines: readonly string[] | null,
  { candidate }: Pick<GateReport, "candidate">,
): Markup {
  const { affects, what, reason, fix, evidence, also, place, verdict } = finding;
  const where = describePlace(finding);
  const isShown = lines !== null && place.line !== null && place.file === candidate.file && place.line <= lines.length;
  return html`<article class="cause finding ${verdict}"><h3>${affects.replace(/\.\s*$/, "")}: ${what}</h3>
<p><code>${where}</code> <small>${describeRule(finding)}</small></p>${
    isShown && place.line !== null ? linesAround(lines, place.line, where) : NOTHING_AT_ALL
  }<p>${reason}</p>${
    fix === null ? NOTHING_AT_ALL : html`<p><strong>To change:</strong></p>${fixOf(fix, where)}`
  }${evidence.length === 0 ? NOTHING_AT_ALL : fold(`What was seen (${evidence.length})`, list(evidence), evidence.length <= 3)}${
    also.length === 0
      ? NOTHING_AT_ALL
      : fold(
          `${plural(also.length, "more finding")} of the same cause, which the same change mends`,
          list(also.map((told) => describeAlso(told, finding))),
        )
  }</article>`;
}

/** Lines of a turnserver.conf stay lines; a sentence stays one. */
function fixOf(fix: string, where: string): Markup {
  const lines = fix.split("\n").filter((line) => line.trim() !== "");
  if (!lines.every((line) => /^[\w-]+(=\S*)?$/.test(line))) return html`<p>${fix}</p>`;
  return html`<div class="lines" tabindex="0" role="group" aria-label="To change at ${where}">${lines.map(
    (line) => html`<span class="added">${line}</span>`,
  )}</div>`;
}
