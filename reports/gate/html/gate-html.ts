import type { GateEvidence, GateReport } from "../../../lab/model/gate.ts";
import { fold, html, list, type Markup } from "../../html/markup.ts";
import { renderPage } from "../../html/page/document.ts";
import { section } from "../../html/page/section.ts";
import { tiles } from "../../html/page/tiles.ts";
import { formatBytes, formatDuration, NOTHING, plural } from "../../render/format.ts";
import {
  describeGate,
  describeLayers,
  describeRepeat,
  describeServer,
  describeUncalled,
  hasCalled,
  sortFindings,
} from "../gate-words.ts";
import { cellMatrix } from "./cell-matrix.ts";
import { cellSections } from "./cell-sections.ts";
import { configDiff } from "./config-diff.ts";
import { differencesSection } from "./differences-section.ts";
import { findingSection } from "./finding-section.ts";
import { probesSection } from "./probes-section.ts";

/** gate.html: the verdict in five seconds, what breaks and for whom in a minute, then all that it stands on. */
export function renderGateHtml(report: GateReport, evidence: GateEvidence): string {
  const { fails, already_there, noted } = sortFindings(report);
  const lines = evidence.configs.candidate ?? null;
  const all = (findings: typeof fails) => html`${findings.map((finding) => findingSection(finding, lines, report))}`;
  const folded = (title: string, findings: typeof fails) => fold(`${title} (${findings.length})`, all(findings));
  return renderPage({
    title: `turnlab gate: ${report.status}`,
    status: report.status,
    verdict: describeGate(report),
    top: html`<p><code>${report.candidate.file}</code>${report.baseline ? html` against <code>${report.baseline.file}</code>` : ", without a baseline"}</p>${top(report)}`,
    main: html`${section(
      "breaks",
      fails.length === 1 ? "What breaks" : `What breaks: ${fails.length} things`,
      all(fails),
    )}${section("calls", "Calls", html`${describeUncalled(report)}`, cellMatrix(report), cellSections(report, evidence))}${differencesSection(report)}${section(
      "others",
      "What does not fail it",
      folded("Already there: the baseline has it too", already_there),
      folded("Noted", noted),
    )}${probesSection(report)}${configDiff(report, evidence)}${section("notes", "What the lab supplied, and what it cannot tell", list(report.notes))}${about(report)}`,
  });
}

function top(report: GateReport): Markup {
  const { cells, differences } = report;
  const { fails, already_there } = sortFindings(report);
  const of = (verdict: string) => cells.filter((cell) => cell.verdict === verdict).length;
  const bad = of("failed");
  const worse = differences.filter(({ verdict }) => verdict === "worse").length;
  const open = differences.filter(({ verdict }) => verdict === "undecided").length;
  const isCalled = hasCalled(report);
  return tiles([
    {
      title: "What breaks",
      value: String(fails.length),
      note: already_there.length === 0 ? "nothing was already there" : `${already_there.length} were already there`,
      kind: fails.length > 0 ? "failed" : report.status === "passed" ? "passed" : "open",
      word: fails.length > 0 ? "✗ not safe" : report.status === "passed" ? "✓ safe" : "? no verdict",
    },
    {
      title: "Kinds of calls that work",
      value: isCalled ? `${of("passed")} of ${cells.length}` : "not called",
      note: isCalled
        ? `${bad} failed, ${of("already_there")} bad already, ${of("undecided")} undecided`
        : `${plural(cells.length, "kind")} of calls planned; the gate had ended before`,
      kind: bad > 0 ? "failed" : isCalled && of("undecided") === 0 ? "passed" : "open",
    },
    {
      title: "Metrics beyond the margin",
      value: differences.length === 0 || !isCalled ? NOTHING : `${worse} of ${differences.length}`,
      note:
        report.baseline === null
          ? "there is no baseline to compare with"
          : isCalled
            ? `${open} could not be compared`
            : "not compared: nobody called",
      kind: worse > 0 ? "failed" : isCalled && report.baseline && open === 0 ? "passed" : "open",
    },
  ]);
}

function about(report: GateReport): Markup {
  const { candidate, baseline, profile, runId, startedAt, durationMs, harness } = report;
  const { limits } = profile;
  const urls = profile.iceServers.flatMap((entry) => entry.urls);
  return section(
    "about",
    "This gate, and how to repeat it",
    list([
      describeServer("candidate", candidate),
      ...(baseline ? [describeServer("baseline", baseline)] : []),
      `${describeLayers(report)}${durationMs === null ? "" : `; ${formatDuration(durationMs)} in all`}`,
      `run ${runId}, ${startedAt}; turnlab ${harness.turnlab}, Node ${harness.node}, ${plural(harness.cpus, "CPU")}`,
    ]),
    html`<p>To repeat it, with the same profile and values: <code>${describeRepeat(report)}</code>. To make these reports again from its log: <code>./turnlab report ${runId}</code>. A failed call's course: <code>./turnlab report ${runId} --session N --scenario candidate</code>.</p>`,
    fold(
      "What was asked for: the profile",
      list([
        `networks: ${profile.networks.join(", ")}`,
        `URLs that clients are given: ${urls.join(", ")}`,
        `${plural(profile.concurrentCalls, "call")} at once, each ${formatBytes(Math.round(profile.bitsPerSecond / 8))} a second each way, up to ${formatDuration(profile.callSeconds * 1000)} long`,
        `a kind of call passes at ${limits.successRate.good * 100} % good calls and fails at ${limits.successRate.bad * 100} %; a good one connects within ${limits.connectTimeMs} ms`,
        `wrong verdicts: at most ${limits.errorRate.pass * 100} % of bad changes pass, ${limits.errorRate.fail * 100} % of good ones fail; a metric may be worse by ${limits.margin * 100} %; ${formatDuration(limits.budgetMs)} at the most`,
        ...(report.strict ? ["strict: what was already there fails, too, where it is an error"] : []),
        ...Object.entries(profile.rules).map(([rule, severity]) => `rule ${rule}: ${severity}`),
      ]),
    ),
  );
}
