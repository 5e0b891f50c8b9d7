import {
  type CellResult,
  GATE_SIDES,
  type GateFinding,
  type GateReport,
  type GateStatus,
} from "../../lab/model/gate.ts";
import { formatDuration, oneLine, plural } from "../render/format.ts";
import { code, escapeText, table } from "../render/markdown-text.ts";
import { commentMarker } from "./comment-marker.ts";
import { type Block, fitBlocks } from "./fit-blocks.ts";
import {
  countProbes,
  DIFFERENCE_HEAD,
  describeAlso,
  describeCellVerdict,
  describeFailures,
  describeGate,
  describeHit,
  describeLayers,
  describePlace,
  describeProbe,
  describeRepeat,
  describeRule,
  describeServer,
  describeTally,
  describeUncalled,
  differenceRow,
  explainDifferences,
  hasCalled,
  sortFindings,
  weakProbes,
} from "./gate-words.ts";

/** GitHub refuses comments of more than 65,536 characters. */
const MAX_CHARACTERS = 65_000;
/** Of any text from outside, in characters, so that none of them takes the place of all others. */
const MAX_TEXT = 600;
const MAX_EVIDENCE = 8;

const ICONS: Record<GateStatus, string> = {
  passed: "✅",
  failed: "❌",
  undecided: "❔",
  errored: "💥",
  interrupted: "⏹️",
};
const CELL_ICONS: Record<CellResult["verdict"], string> = {
  passed: "✅",
  failed: "❌",
  already_there: "⚠️",
  undecided: "❔",
};

/**
 * For a pull request's comment or a job summary (GitHub-flavoured Markdown, GitLab's too): the verdict and what fails on top, all
 * else folded. What does not fit is counted, and stands in gate.json.
 */
export function renderGateMarkdown(report: GateReport): string {
  const { fails, already_there, noted } = sortFindings(report);
  return fitBlocks(
    [
      {
        open: `${commentMarker(report)}\n\n## ${ICONS[report.status]} turnlab gate: ${report.status}\n\n${text(describeGate(report))}`,
        items: [],
        close: "",
      },
      { open: "", items: fails.map((finding) => findingItem(finding, "❌")), close: "" },
      ...cellBlocks(report),
      ...differenceBlocks(report),
      folded(
        "Already there: the baseline has it too",
        already_there.map((finding) => findingItem(finding, "⚠️")),
      ),
      folded(
        "Noted",
        noted.map((finding) => findingItem(finding, "ℹ️")),
      ),
      ...probeBlocks(report),
      folded(
        "Notes",
        report.notes.map((note) => `- ${text(note)}`),
      ),
      about(report),
    ],
    MAX_CHARACTERS,
  );
}

/** Text that shows as itself, on one line, and not without an end. */
function text(raw: string): string {
  return escapeText(clip(oneLine(raw)));
}

function clip(raw: string): string {
  return (raw.length <= MAX_TEXT ? raw : `${raw.slice(0, MAX_TEXT - 1)}…`).toWellFormed();
}

function codeOf(raw: string): string {
  return code(clip(oneLine(raw)) || " ");
}

function findingItem(finding: GateFinding, icon: string): string {
  const { reason, fix, evidence, also } = finding;
  const untold = also.length - MAX_EVIDENCE;
  const rest = evidence.length - MAX_EVIDENCE;
  return [
    `- ${icon} **${text(describeHit(finding))}**`,
    `  - where: ${codeOf(describePlace(finding))} (${text(describeRule(finding))})`,
    `  - why: ${text(reason)}`,
    ...(fix === null ? [] : [`  - to change: ${fixText(fix)}`]),
    ...evidence.slice(0, MAX_EVIDENCE).map((seen) => `  - seen: ${text(seen)}`),
    ...(rest > 0 ? [`  - ${rest} more of the kind`] : []),
    ...also.slice(0, MAX_EVIDENCE).map((told) => `  - also: ${text(describeAlso(told, finding))}`),
    ...(untold > 0 ? [`  - and ${untold} more of the same cause`] : []),
  ].join("\n");
}

/** Lines of a turnserver.conf stay lines, as far as a list of them can be read. */
function fixText(fix: string): string {
  const lines = fix.split("\n").filter((line) => line.trim() !== "");
  if (!lines.every(isConfigLine)) return text(fix);
  const more = lines.length > MAX_EVIDENCE ? `<br>and ${lines.length - MAX_EVIDENCE} more` : "";
  return `${lines.slice(0, MAX_EVIDENCE).map(codeOf).join("<br>")}${more}`;
}

/** `no-dtls`, `realm=turn.example.org`; what else mends something is told in words. */
function isConfigLine(fix: string): boolean {
  return /^[\w-]+(=\S*)?$/.test(fix);
}

/** `<details>`; its summary is ours alone, since Markdown is not read in it. */
function folded(title: string, items: readonly string[], count = items.length): Block {
  const open = `<details><summary>${title} (${count})</summary>\n`;
  return { open, items: [...items], close: "\n</details>" };
}

/** A table that may lose rows. */
function tableBlock(
  head: readonly string[],
  align: readonly ("left" | "right")[],
  rows: readonly (readonly string[])[],
): Block {
  const [first = "", second = "", ...items] = table(head, align, rows).split("\n");
  return { open: items.length === 0 ? "" : `${first}\n${second}`, items, close: "" };
}

function cellBlocks(report: GateReport): Block[] {
  if (!hasCalled(report)) return [{ open: text(describeUncalled(report)), items: [], close: "" }];
  const rows = report.cells.map((cell) => [
    text(cell.id),
    text(cell.who),
    describeTally(cell.candidate),
    describeTally(cell.baseline),
    `${CELL_ICONS[cell.verdict]} ${describeCellVerdict(cell)}`,
    text(describeFailures(cell.candidate)),
  ]);
  return [
    tableBlock(
      ["Network", "Who", "Candidate", "Baseline", "Verdict", "Failures"],
      ["left", "left", "right", "right", "left", "left"],
      rows,
    ),
  ];
}

function differenceBlocks(report: GateReport): Block[] {
  const { differences } = report;
  if (!hasCalled(report)) return [];
  return [
    tableBlock(
      DIFFERENCE_HEAD.map((title) => title.slice(0, 1).toUpperCase() + title.slice(1)),
      ["left", "right", "right", "right", "left", "right", "left"],
      differences.map((difference) => [
        ...differenceRow(difference).slice(0, -1).map(text),
        `${difference.verdict === "worse" ? "❌ " : ""}${text(differenceRow(difference).at(-1) ?? "")}`,
      ]),
    ),
    { open: text(explainDifferences(report)), items: [], close: "" },
  ];
}

function probeBlocks({ probes }: GateReport): Block[] {
  return GATE_SIDES.map((side) => {
    const weak = weakProbes(probes[side]).map((probe) => `- ${text(describeProbe(probe))}`);
    const counted = countProbes(probes[side]);
    return folded(`Probes of the ${side}`, counted === "" ? [] : [`- ${counted}`, ...weak], probes[side].length);
  });
}

function about(report: GateReport): Block {
  const { candidate, baseline, runId, startedAt, durationMs, harness } = report;
  const items = [
    `- ${text(describeServer("candidate", candidate))}`,
    ...(baseline ? [`- ${text(describeServer("baseline", baseline))}`] : []),
    `- ${describeLayers(report)}${durationMs === null ? "" : `; ${formatDuration(durationMs)} in all`}`,
    `- run ${codeOf(runId)}, ${text(startedAt)}; turnlab ${text(harness.turnlab)}, Node ${text(harness.node)}, ${plural(harness.cpus, "CPU")}`,
    `- to repeat, with the same profile and values: ${codeOf(describeRepeat(report))}`,
  ];
  return { open: "<details><summary>This gate, and how to repeat it</summary>\n", items, close: "\n</details>" };
}
