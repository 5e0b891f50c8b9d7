import type { Basis } from "../../../lab/model/capacity-model.ts";
import type { CapacityCourse, CapacityReport } from "../../../lab/model/capacity-report.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL } from "../../html/markup.ts";
import { renderPage } from "../../html/page/document.ts";
import { section } from "../../html/page/section.ts";
import { tiles } from "../../html/page/tiles.ts";
import { formatCpu, formatDuration, formatRatio, NOTHING, plural } from "../../render/format.ts";
import {
  BASIS_WORDS,
  CANNOT_TELL,
  cpuShare,
  describeCall,
  describeConfidence,
  describeConstraint,
  describeLimits,
  describeServer,
  describeSize,
  nameOf,
} from "../capacity-words.ts";
import { describeRepeat } from "../describe-repeat.ts";
import { STATUS_WORDS } from "../model-words.ts";
import { basisBadge } from "./basis-badge.ts";
import { coursesSection } from "./courses-section.ts";
import { curveSection, otherCurves } from "./curve-section.ts";
import { modelSection } from "./model-section.ts";
import { planSection } from "./plan-section.ts";

/** capacity.html: how many calls, and what binds; then the curve, how it was searched, what it costs, and a plan from that. */
export function renderCapacityHtml(report: CapacityReport, courses: readonly CapacityCourse[]): string {
  return renderPage({
    title: `turnlab capacity: ${headline(report)}`,
    status: report.status,
    verdict: report.answer,
    top: html`${refusal(report)}${top(report)}`,
    main: html`${section(
      "knee",
      "The knee, and what binds",
      list([...describeConfidence(report), ...describeConstraint(report)]),
      html`<p class="key">Carried is a load with ${describeLimits(report)}.</p>`,
    )}${curveSection(report)}${coursesSection(courses, report)}${modelSection(report)}${otherCurves(report)}${planSection(report)}${words()}${section(
      "notes",
      "Notes",
      list(report.notes),
    )}${about(report)}`,
  });
}

function headline({ status, knee, constraint }: CapacityReport): string {
  if (knee.calls === null) return STATUS_WORDS[status];
  return `${plural(knee.calls, "call")}, bound by ${constraint === null ? "what was not seen" : nameOf(constraint)}`;
}

/** No number may be read as a capacity where the lab was what bound. */
function refusal({ status, knee }: CapacityReport): Markup {
  if (status !== "at_least") return NOTHING_AT_ALL;
  return html`<p class="refused"><strong>This is no capacity.</strong> The lab bound before the server did: it carried ${plural(knee.atLeast ?? 0, "call")} and may carry any number more.</p>`;
}

function top(report: CapacityReport): Markup {
  const { knee, status, constraint, evidence, size, harness, curve } = report;
  const isFound = status === "found";
  const known = knee.calls ?? knee.atLeast;
  // What was held at the knee, longest first: the confirmation.
  const [at] = curve
    .filter(({ calls, verdict }) => calls === known && verdict === "carried")
    .sort((a, b) => b.durationMs - a.durationMs);
  const used = at ? cpuShare(at, report) : null;
  return tiles([
    {
      title: `Calls that ${describeSize(size)} carry at once`,
      value: knee.calls === null ? (knee.atLeast === null ? NOTHING : `at least ${knee.atLeast}`) : String(knee.calls),
      note: knee.notCarried === null ? "no load that was not carried" : `${knee.notCarried} are not carried`,
      kind: isFound ? "passed" : status === "never_passed" || status === "errored" ? "failed" : "open",
      word: `${isFound ? "✓ " : ""}${STATUS_WORDS[status]}`,
    },
    {
      title: "What binds",
      value: nameOf(constraint),
      note: evidence[0] ?? "nothing was seen to bind",
      kind: constraint === "generator" || constraint === "router" ? "failed" : "open",
    },
    {
      title: "Server's CPU there",
      value: used === null ? NOTHING : formatRatio(used, 0),
      note: at
        ? `of ${plural(size.cpus ?? harness.cpus, "core")}; the generator took ${formatCpu(at.generator.cpuPercent)} beside it, 100 % is one core`
        : "not measured",
      kind: "open",
    },
  ]);
}

function words(): Markup {
  const meanings = (Object.entries(BASIS_WORDS) as [Basis, string][]).map(
    ([basis, meaning]) => html`${basisBadge(basis)} ${meaning}`,
  );
  return section("limits", "What the words mean, and what the lab cannot tell", list(meanings), list(CANNOT_TELL));
}

function about(report: CapacityReport): Markup {
  const { server, harness, runId, startedAt, durationMs, call, curve, room, size } = report;
  const rooms = Object.entries(room).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}`]));
  return section(
    "about",
    "This run, and how to repeat it",
    list([
      describeServer(server),
      `the server's machine: ${describeSize(size)}`,
      `a call: ${describeCall(call)}`,
      `${plural(curve.length, "step")}${durationMs === null ? "" : `, ${formatDuration(durationMs)} in all`}`,
      `run ${runId}, ${startedAt}; turnlab ${harness.turnlab}, Node ${harness.node}, ${plural(harness.cpus, "CPU")}`,
    ]),
    html`<p>To repeat it, with the same values and files: <code>${describeRepeat(report)}</code>. To make these reports again from its log: <code>./turnlab report ${runId}</code>.</p>`,
    fold("What the server has room for", list(rooms)),
  );
}
