import type { ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { describeObserved } from "../describe-observed.ts";
import { describeTurnConfig } from "../describe-turn-config.ts";
import { aftermathTable } from "./aftermath-words.ts";
import { describeAllocations } from "./allocation-words.ts";
import { describeUndiagnosed, listCauses } from "./cause-words.ts";
import { describeEvidence } from "./evidence-words.ts";
import {
  formatCount,
  formatDuration,
  formatInterval,
  formatMs,
  formatObserved,
  formatRatio,
  formatSamples,
  NOTHING,
  oneLine,
  plural,
} from "./format.ts";
import { describeIceServers } from "./ice-server-words.ts";
import { describeChanges, describeLinkTools, linkMismatches, linkTable } from "./link-words.ts";
import { loadTable } from "./load-table.ts";
import { agreementBlocks } from "./markdown-agreement.ts";
import { gridBlocks } from "./markdown-grid.ts";
import { code, escapeText, table } from "./markdown-text.ts";
import { describeMissing } from "./missing-words.ts";
import { describePeers } from "./peer-words.ts";
import { describeMetrics } from "./prometheus-words.ts";
import { describeUplink, unseenServers } from "./uplink-words.ts";
import type { Problem } from "./words.ts";
import {
  describeCells,
  describeDeaths,
  describeFirstPairs,
  describeGrid,
  describeNone,
  describePairs,
  describeServers,
  describeSessions,
  describeSkipped,
  describeUnfinishedGathers,
  describeVerdict,
  foldRouters,
  LIFETIME_OPEN,
  listProblems,
  measuredTrends,
  pathWord,
  STATUS_WORDS,
  successOf,
} from "./words.ts";

const ICONS: Record<ScenarioSummary["status"], string> = {
  passed: "✅",
  failed: "❌",
  no_data: "❔",
  errored: "💥",
  skipped: "⏭️",
};
const EXAMPLES_PER_CODE = 3;
const REASONS_PER_CAUSE = 8;

/** A report for a pull request or a CI job summary (GitHub-flavoured Markdown). */
export function renderMarkdown(summary: Summary): string {
  const { status, harness, engine, runId, startedAt, durationMs } = summary;
  const blocks = [
    `# turnlab: ${status}`,
    escapeText(describeVerdict(summary)),
    describeMissing(summary)
      .map((sentence) => `- ⚠️ ${escapeText(oneLine(sentence))}`)
      .join("\n"),
    overview(summary.scenarios),
    ...agreementBlocks(summary),
    uplink(summary),
    ...summary.scenarios.flatMap(scenarioBlocks),
    "---",
    `Run ${code(runId)}, started ${startedAt}, took ${formatDuration(durationMs)}; turnlab ${harness.turnlab}, ` +
      `Node ${harness.node}, Docker ${engine.version}, Linux ${engine.kernel}, ${plural(engine.cpus, "CPU")}. ` +
      `Times are in milliseconds; success counts dropped sessions as failures; intervals are 95 % (Wilson).`,
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function uplink(summary: Summary): string {
  const said = describeUplink(summary).map((sentence) => escapeText(oneLine(sentence)));
  return said.length === 0 ? "" : ["## Uplink", "", ...said].join("\n");
}

function overview(scenarios: readonly ScenarioSummary[]): string {
  return table(
    ["Scenario", "Status", "Connected", "Success", "95 % CI", "connect_time med", "p(95)", "Path"],
    ["left", "left", "right", "right", "right", "right", "right", "left"],
    scenarios.map((scenario) => {
      const { sessions, metrics, expectedPath, expectedFailure } = scenario;
      const grid = describeGrid(scenario);
      if (grid) {
        const share = grid.share === NOTHING ? NOTHING : `${grid.share} cells`;
        return [...nameAndStatus(scenario), share, NOTHING, NOTHING, NOTHING, NOTHING, grid.verdict];
      }
      const { finished, rate, ci95 } = successOf(scenario);
      // Where nothing may connect, or all must be lost, a connection is no success.
      const hasRate = expectedPath !== "none" && expectedFailure === null;
      return [
        ...nameAndStatus(scenario),
        finished === 0 ? NOTHING : `${sessions.connected}/${finished}`,
        hasRate ? formatRatio(rate) : NOTHING,
        hasRate ? formatInterval(ci95) : NOTHING,
        formatMs(metrics.connect_time.med),
        formatMs(metrics.connect_time["p(95)"]),
        describeNone(scenario) ?? pathWord(scenario) ?? NOTHING,
      ];
    }),
  );
}

function nameAndStatus({ name, status }: ScenarioSummary): string[] {
  return [escapeText(name), `${ICONS[status]} ${STATUS_WORDS[status]}`];
}

function scenarioBlocks(scenario: ScenarioSummary): string[] {
  const { failures, violations } = listProblems(scenario, EXAMPLES_PER_CODE);
  const title = `## ${ICONS[scenario.status]} ${escapeText(scenario.name)}`;
  const lead = [
    scenario.reason === null ? "" : `**${escapeText(oneLine(scenario.reason))}**`,
    scenario.description === "" ? "" : escapeText(oneLine(scenario.description)),
  ];
  if (scenario.status === "skipped") return [title, ...lead];
  const skipped = describeSkipped(scenario);
  const cells = describeCells(scenario);
  // A grid is looked at cell by cell: sums and times over calls that have nothing in common would say nothing.
  const ofSessions = (...blocks: (() => string)[]) => (scenario.cells ? [] : blocks.map((block) => block()));
  return [
    title,
    ...lead,
    cells === "" ? "" : `${cells}.`,
    `${describeSessions(scenario)}${scenario.durationMs === null ? "" : `, in ${formatDuration(scenario.durationMs)}`}.`,
    skipped === "" ? "" : `⚠️ ${skipped}.`,
    describeDeaths(scenario)
      .map((death) => `- ❌ ${escapeText(death)}`)
      .join("\n"),
    ...gridBlocks(scenario),
    thresholds(scenario),
    ...ofSessions(
      () => times(scenario),
      () => paths(scenario),
    ),
    iceServers(scenario),
    allocations(scenario),
    peers(scenario),
    load(scenario),
    describeServers(scenario)
      .map((server) => `- ${escapeText(server)}`)
      .join("\n"),
    ...turnConfigs(scenario),
    ...ofSessions(() => problems("Failures", failures)),
    causes(scenario),
    ...ofSessions(() => problems("Broken expectations", violations)),
    changes(scenario),
    aftermath(scenario),
    links(scenario),
    routers(scenario),
    evidence(scenario),
  ];
}

function evidence(scenario: ScenarioSummary): string {
  const said = describeEvidence(scenario).map((sentence) => `- ${escapeText(sentence)}`);
  return said.length === 0 ? "" : ["**Evidence**", "", ...said].join("\n");
}

function thresholds(scenario: ScenarioSummary): string {
  return table(
    ["Threshold", "Expression", "Observed", "From", ""],
    ["left", "left", "right", "right", "left"],
    scenario.thresholds.map((threshold) => [
      code(threshold.metric),
      code(threshold.expression),
      formatObserved(threshold),
      formatSamples(scenario, threshold),
      ICONS[threshold.verdict],
    ]),
  );
}

function times(scenario: ScenarioSummary): string {
  const missing = describeUnfinishedGathers(scenario);
  return [timesTable(scenario), missing === "" ? "" : `${code("gather_time")}${missing.slice("gather_time".length)}.`]
    .filter((block) => block !== "")
    .join("\n\n");
}

function timesTable(scenario: ScenarioSummary): string {
  return table(
    ["ms", "min", "avg", "med", "p(90)", "p(95)", "p(99)", "max", "Samples"],
    ["left", "right", "right", "right", "right", "right", "right", "right", "right"],
    measuredTrends(scenario).map(([name, statistics]) => {
      const { min, avg, med, max, count, ...percentiles } = statistics;
      const values = [min, avg, med, percentiles["p(90)"], percentiles["p(95)"], percentiles["p(99)"], max];
      return [code(name), ...values.map(formatMs), formatCount(count)];
    }),
  );
}

function paths(scenario: ScenarioSummary): string {
  const used = Object.entries(scenario.paths).filter(([, count]) => count > 0);
  if (used.length === 0) return "";
  const expected = scenario.expectedPath === null ? "" : ` (expected ${scenario.expectedPath})`;
  const counts = used.map(([path, count]) => `${path} ${count}`).join(", ");
  const pairs = describePairs(scenario);
  const parts = [`Paths: ${counts}${expected}`, pairs && `pairs: ${pairs}`, describeFirstPairs(scenario)];
  return `${parts.filter((part) => part !== "").join("; ")}.`;
}

function iceServers(scenario: ScenarioSummary): string {
  const items = describeIceServers(scenario).map((text) => `- ${escapeText(text)}`);
  return items.length === 0 ? "" : ["**ICE servers from APIs**", "", ...items].join("\n");
}

function allocations(scenario: ScenarioSummary): string {
  const items = describeAllocations(scenario).map(
    ({ isWarning, text }) => `- ${isWarning ? "⚠️ " : ""}${escapeText(text)}`,
  );
  return items.length === 0 ? "" : ["**Raw TURN clients**", "", ...items].join("\n");
}

function peers(scenario: ScenarioSummary): string {
  const items = describePeers(scenario).map(({ isWarning, text }) => `- ${isWarning ? "⚠️ " : ""}${escapeText(text)}`);
  return items.length === 0 ? "" : ["**Peers**", "", ...items].join("\n");
}

function load(scenario: ScenarioSummary): string {
  const { titles, rows } = loadTable(scenario);
  const list = table(
    ["Load", ...titles],
    ["left", ...titles.map(() => "right" as const)],
    rows.map(([name = "", ...figures]) => [escapeText(name), ...figures]),
  );
  const more = [...describeMetrics(scenario), ...unseenServers(scenario)];
  return [list, ...more.map((text) => `${escapeText(oneLine(text))}.`)].filter((block) => block !== "").join("\n\n");
}

function problems(title: string, list: readonly Problem[]): string {
  if (list.length === 0) return "";
  const items = list.flatMap(({ code: name, count, meaning, examples }) => [
    `- ${code(name)}, ${count === 0 ? "after connecting" : plural(count, "session")}: ${escapeText(meaning)}`,
    ...examples.flatMap(({ session, message, course = {} }) => [
      `  - session ${session}: ${code(oneLine(message))}`,
      ...Object.entries(course).flatMap(([role, lines]) => [
        `    - ${role}`,
        ...lines.map((line) => `      - ${escapeText(oneLine(line))}`),
      ]),
    ]),
  ]);
  return [`**${title}**`, "", ...items].join("\n");
}

function causes(scenario: ScenarioSummary): string {
  const rest = describeUndiagnosed(scenario);
  const items = listCauses(scenario, REASONS_PER_CAUSE).flatMap((cause) => [
    `- ${code(cause.code)}, ${cause.count}, ${cause.confidence}; ${cause.leg}. Session ${cause.session}: ` +
      escapeText(cause.summary),
    ...cause.because.map((reason) => `  - seen: ${code(reason)}`),
    ...(cause.more > 0 ? [`  - ${cause.more} more of the kind`] : []),
    ...cause.unknown.map((unknown) => `  - not known: ${escapeText(unknown)}`),
    `  - to change: ${cause.change}`,
  ]);
  const all = [...items, ...(rest === "" ? [] : [`- ⚠️ ${rest}`])];
  return all.length === 0 ? "" : ["**Causes**", "", ...all].join("\n");
}

function turnConfigs(scenario: ScenarioSummary): string[] {
  return Object.entries(scenario.turnConfigs).map(([server, config]) => {
    const items = describeTurnConfig(config).map(
      ({ isWarning, text }) => `- ${isWarning ? "⚠️ " : ""}${escapeText(oneLine(text))}`,
    );
    return [`**${escapeText(server)} ran ${code(config.file)}**`, "", ...items].join("\n").trimEnd();
  });
}

function changes(scenario: ScenarioSummary): string {
  const { made, missed } = describeChanges(scenario);
  if (made.length + missed.length === 0) return "";
  const items = [
    ...made.map(escapeText),
    ...missed.map((change) => `⚠️ not made, the load had ended: ${escapeText(change)}`),
  ];
  return ["**Changes in mid-run**", "", ...items.map((item) => `- ${item}`)].join("\n");
}

function aftermath(scenario: ScenarioSummary): string {
  const { head, rows } = aftermathTable(scenario);
  const [, ...titles] = head;
  return table(["After what happened", ...titles], ["left", ...titles.map(() => "right" as const)], rows);
}

function links(scenario: ScenarioSummary): string {
  if (scenario.links.length === 0) return "";
  const { head, rows } = linkTable(scenario);
  const [, ...titles] = head;
  const list = table(
    [`Link by ${describeLinkTools(scenario)}, asked → measured`, ...titles],
    head.map(() => "left"),
    rows.map(([wire = "", ...cells]) => [escapeText(wire), ...cells]),
  );
  const wrong = linkMismatches(scenario).map((mismatch) => `- ❌ ${escapeText(mismatch)}`);
  return [list, wrong.join("\n")].filter((block) => block !== "").join("\n\n");
}

function routers(scenario: ScenarioSummary): string {
  const { shown, folded } = foldRouters(scenario);
  const list = table(
    ["Router", "Observed", "Not as expected"],
    ["left", "left", "left"],
    shown.map(([name, { expected, observed, mismatches, isLifetimeOpen }]) => [
      escapeText(name),
      `${describeObserved(expected, observed)}${isLifetimeOpen ? `; ${LIFETIME_OPEN}` : ""}`,
      mismatches.length === 0 ? NOTHING : `❌ ${mismatches.map((text) => escapeText(oneLine(text))).join("; ")}`,
    ]),
  );
  return [list, folded === "" ? "" : `${folded}.`].filter((block) => block !== "").join("\n\n");
}
