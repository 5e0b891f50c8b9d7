import { diffArrays } from "diff";
import type { GateEvidence, GateReport } from "../../../lab/model/gate.ts";
import { fold, html, type Markup, NOTHING_AT_ALL } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { plural } from "../../render/format.ts";
import { lineOf } from "./config-lines.ts";

const AROUND = 2;

/** `number`: the candidate's, of a removed line the baseline's. */
type Line = { kind: "" | "added" | "removed"; number: number; line: string };

/** What changed from the baseline's file to the candidate's; without a baseline the candidate's alone. Secrets have stand-ins. */
export function configDiff({ candidate, baseline }: GateReport, { configs }: GateEvidence): Markup {
  const [own, other] = [configs.candidate, configs.baseline];
  if (!own) return NOTHING_AT_ALL;
  const words = html`<p class="key">Secrets are shown as numbers: the same number is the same secret. Comments are left out.</p>`;
  const whole = (title: string, file: string, lines: readonly string[]) =>
    fold(
      `${title}: ${file} (${plural(lines.length, "line")})`,
      box(
        file,
        lines.map((line, index) => lineOf(index + 1, line, "")),
      ),
    );
  if (!other || !baseline) return section("config", "The config", words, whole("candidate", candidate.file, own));
  const lines = linesOf(other, own);
  const changed = lines.filter(({ kind }) => kind !== "").length;
  return section(
    "config",
    "From baseline to candidate",
    words,
    changed === 0
      ? html`<p>No line that coturn reads is another.</p>`
      : box(`Changes from ${baseline.file} to ${candidate.file}`, hunks(lines)),
    whole("candidate", candidate.file, own),
    whole("baseline", baseline.file, other),
  );
}

function linesOf(from: readonly string[], to: readonly string[]): Line[] {
  let [before, after] = [0, 0];
  return diffArrays([...from], [...to]).flatMap(({ value, added, removed }) =>
    value.map((line): Line => {
      if (!added) before += 1;
      if (!removed) after += 1;
      return { kind: added ? "added" : removed ? "removed" : "", number: removed ? before : after, line };
    }),
  );
}

/** Changes with their neighbours; what lies between is counted. */
function hunks(lines: readonly Line[]): Markup[] {
  const isNear = (index: number) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== "");
  const shown: Markup[] = [];
  let skipped = 0;
  const tellSkipped = () => {
    if (skipped > 0) shown.push(html`<span class="gap">… ${plural(skipped, "line")} alike</span>`);
    skipped = 0;
  };
  for (const [index, { kind, number, line }] of lines.entries()) {
    if (isNear(index)) {
      tellSkipped();
      shown.push(lineOf(number, line, kind, kind === "added" ? "+" : kind === "removed" ? "−" : " "));
    } else skipped += 1;
  }
  tellSkipped();
  return shown;
}

function box(label: string, lines: readonly Markup[]): Markup {
  return html`<div class="lines" tabindex="0" role="group" aria-label="${label}">${lines}</div>`;
}
