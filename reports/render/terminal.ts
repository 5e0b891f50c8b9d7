import { createColors } from "picocolors";
import type { RunStatus, ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import type { Cell } from "./columns.ts";
import { columns, indent, shorten, wrap } from "./columns.ts";
import { formatDuration, formatInterval, formatMs, formatRatio, NOTHING, oneLine, plural } from "./format.ts";
import { describeMissing } from "./missing-words.ts";
import type { Paint } from "./paint.ts";
import { paintStatus } from "./paint.ts";
import { agreementLines } from "./terminal-agreement.ts";
import { scenarioLines } from "./terminal-scenario.ts";
import { describeUplink } from "./uplink-words.ts";
import { describeGrid, describeNone, describeVerdict, MARKS, pathWord, successOf } from "./words.ts";

/** Where the text goes: whether it shows colours, and how many columns it has. */
export type Screen = { color: boolean; width: number };

/** The end-of-run text: each scenario, a table of all, and the verdict as the last line. */
export function renderTerminal(summary: Summary, screen: Screen): string {
  const paint = createColors(screen.color);
  const width = Math.min(Math.max(screen.width, 60), 120);
  const lines = [
    ...header(summary, paint),
    "",
    ...summary.scenarios.flatMap((scenario) => [...scenarioLines(scenario, paint, width), ""]),
    ...overview(summary.scenarios, paint, width),
    "",
    ...agreementLines(summary, paint, width),
    ...uplinkLines(summary, paint, width),
    ...describeMissing(summary).flatMap((sentence) => wrap(oneLine(sentence), width).map(paint.yellow)),
    ...wrap(describeVerdict(summary), width).map((line) => paint.bold(paintVerdict(summary.status, paint)(line))),
  ];
  return `${lines.join("\n")}\n`;
}

function header({ harness, engine, runId, startedAt, durationMs, scenarios }: Summary, paint: Paint): string[] {
  const took = durationMs === null ? "" : ` in ${formatDuration(durationMs)}`;
  return [
    `${paint.bold("turnlab")} ${harness.turnlab}  ${paint.dim(`run ${runId}, ${startedAt}`)}`,
    paint.dim(
      `${plural(scenarios.length, "scenario")}${took}, ${plural(engine.cpus, "CPU")}, Docker ${engine.version}, Linux ${engine.kernel}`,
    ),
  ];
}

/** What left the labs; in every other run nothing could, and nothing is said. */
function uplinkLines(summary: Summary, paint: Paint, width: number): string[] {
  const said = describeUplink(summary).map(oneLine);
  if (said.length === 0) return [];
  return [
    paint.bold("uplink"),
    ...indent(
      said.flatMap((sentence) => wrap(sentence, width - 2)),
      2,
    ),
    "",
  ];
}

function overview(scenarios: readonly ScenarioSummary[], paint: Paint, width: number): string[] {
  const rows = scenarios.map((scenario) => ({
    scenario,
    cells: overviewCells(scenario, width),
  }));
  const head = ["sessions", "success", "95 % CI", "connect med", "p(95) ms", "path"];
  const fixed = head.map((title, column) =>
    Math.max(title.length, ...rows.map(({ cells }) => lengthOf(cells[column]))),
  );
  const nameWidth = Math.max(12, width - 2 - fixed.reduce((sum, cell) => sum + cell + 2, 0));
  const table = columns(
    [
      ["  scenario", ...head].map((title) => paint.dim(title)),
      ...rows.map(({ scenario, cells }) => [
        `${paintStatus(scenario.status, paint)(MARKS[scenario.status])} ${shorten(scenario.name, nameWidth)}`,
        ...cells,
      ]),
    ],
    ["left", "right", "right", "right", "right", "right", "left"],
  );
  return table;
}

function overviewCells(scenario: ScenarioSummary, width: number): Cell[] {
  const { metrics, expectedPath } = scenario;
  const { rate, ci95 } = successOf(scenario);
  const grid = describeGrid(scenario);
  if (grid) return [grid.share, { content: grid.verdict, colSpan: 5 }];
  const none = describeNone(scenario);
  if (none !== null) return [formatFinished(scenario), { content: none, colSpan: 5 }];
  // Where nothing may connect, a connection is no success.
  const hasRate = expectedPath !== "none";
  return [
    formatFinished(scenario),
    hasRate ? formatRatio(rate) : NOTHING,
    hasRate ? formatInterval(ci95, width < 100 ? 0 : 1) : NOTHING,
    formatMs(metrics.connect_time.med),
    formatMs(metrics.connect_time["p(95)"]),
    pathWord(scenario) ?? NOTHING,
  ];
}

/** What a cell asks of its column's width: nothing, where it spans several. */
function lengthOf(cell: Cell | undefined): number {
  return typeof cell === "string" ? cell.length : 0;
}

/** Successes out of finished sessions; where nothing may connect, connections. */
function formatFinished(scenario: ScenarioSummary): string {
  const { successes, finished } = successOf(scenario);
  const hits = scenario.expectedPath === "none" ? scenario.sessions.connected : successes;
  return finished === 0 ? NOTHING : `${hits}/${finished}`;
}

function paintVerdict(status: RunStatus, paint: Paint): (text: string) => string {
  if (status === "passed") return paint.green;
  return status === "interrupted" ? paint.yellow : paint.red;
}
