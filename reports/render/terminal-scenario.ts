import type { PathClass } from "../../lab/model/ice.ts";
import type { ScenarioSummary, ServerStatistics } from "../../lab/model/summary.ts";
import { describeObserved } from "../describe-observed.ts";
import { describeTurnConfig } from "../describe-turn-config.ts";
import { describeAllocations } from "./allocation-words.ts";
import { type Cause, describeUndiagnosed, listCauses } from "./cause-words.ts";
import { columns, indent, wrap } from "./columns.ts";
import { describeEvidence } from "./evidence-words.ts";
import {
  formatCount,
  formatCpu,
  formatDuration,
  formatMebibytes,
  formatMegabits,
  formatMs,
  formatObserved,
  formatSamples,
  oneLine,
  plural,
} from "./format.ts";
import { describeIceServers } from "./ice-server-words.ts";
import { describeLinkTools } from "./link-words.ts";
import type { Paint } from "./paint.ts";
import { paintStatus } from "./paint.ts";
import { describePeers } from "./peer-words.ts";
import { describeMetrics } from "./prometheus-words.ts";
import { gridSections } from "./terminal-grid.ts";
import { aftermathLines, changeLines, linkLines } from "./terminal-links.ts";
import { unseenServers } from "./uplink-words.ts";
import type { Problem } from "./words.ts";
import {
  describeCells,
  describeDeaths,
  describeFirstPairs,
  describePairs,
  describeServers,
  describeSessions,
  describeSkipped,
  describeUnfinishedGathers,
  foldRouters,
  LIFETIME_OPEN,
  listProblems,
  MARKS,
  measuredTrends,
  STATUS_WORDS,
} from "./words.ts";

const EXAMPLES_PER_CODE = 2;
/** What speaks for a cause; the rest is in the Markdown report. */
const REASONS_PER_CAUSE = 2;

/** One scenario as lines: a title, then sections, and only those that have something to say. */
export function scenarioLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const tint = paintStatus(scenario.status, paint);
  const title = `${tint(`${MARKS[scenario.status]} ${paint.bold(scenario.name)}`)}  ${tint(STATUS_WORDS[scenario.status])}`;
  const line = (text: string) => (text === "" ? [] : wrap(text, width - 2));
  const lead = [...line(oneLine(scenario.reason ?? "")).map(tint), ...line(oneLine(scenario.description))];
  if (scenario.status === "skipped") return [title, ...indent(lead, 2)];

  const took = scenario.durationMs === null ? "" : `, in ${formatDuration(scenario.durationMs)}`;
  const section = (name: string, lines: string[]) =>
    lines.length === 0 ? [] : ["", `  ${paint.bold(name)}`, ...indent(lines, 4)];
  const { failures, violations } = listProblems(scenario, EXAMPLES_PER_CODE);
  const isFailureMeant = scenario.expectedPath === "none" || scenario.expectedFailure !== null;
  const expectsFailure = isFailureMeant && violations.length === 0;
  const causes = listCauses(scenario, REASONS_PER_CAUSE);
  // A grid is looked at cell by cell: sums and times over calls that have nothing in common would say nothing.
  const isGrid = scenario.cells !== null;
  const ofSessions = (name: string, lines: () => string[]) => (isGrid ? [] : section(name, lines()));
  return [
    title,
    ...indent(
      [
        ...lead,
        ...line(describeCells(scenario)),
        ...line(`${describeSessions(scenario)}${took}`).map(paint.dim),
        ...line(describeSkipped(scenario)).map(paint.yellow),
        ...describeDeaths(scenario).flatMap(line).map(paint.red),
      ],
      2,
    ),
    ...gridSections(scenario, paint, width - 4).flatMap(({ name, lines }) => section(name, lines)),
    ...section("thresholds", thresholdLines(scenario, paint)),
    ...ofSessions("times in ms", () => timeLines(scenario, paint, width - 4)),
    ...ofSessions("paths", () => pathLines(scenario, paint, width - 4)),
    ...section(
      "ICE servers from APIs",
      describeIceServers(scenario).flatMap((text) => wrap(text, width - 4)),
    ),
    ...section("raw TURN clients", allocationLines(scenario, paint, width - 4)),
    ...section("peers", peerLines(scenario, paint, width - 4)),
    ...section("load, 100 % is one core", loadLines(scenario, paint, width - 4)),
    ...section(
      "servers",
      describeServers(scenario).flatMap((text) => wrap(text, width - 4)),
    ),
    ...section("turnserver.conf", turnConfigLines(scenario, paint, width - 4)),
    ...ofSessions(expectsFailure ? "failures, as expected" : "failures", () =>
      problemLines(failures, paint, width - 4, expectsFailure),
    ),
    ...section("causes", causeLines(scenario, causes, paint, width - 4)),
    ...ofSessions("broken expectations", () => problemLines(violations, paint, width - 4, false)),
    ...section("changes in mid-run", changeLines(scenario, paint, width - 4)),
    ...section("after what happened", aftermathLines(scenario, paint, width - 4)),
    ...section(`links by ${describeLinkTools(scenario)}, asked → measured`, linkLines(scenario, paint, width - 4)),
    ...section("routers", routerLines(scenario, paint, width - 4)),
    ...section(
      "evidence",
      describeEvidence(scenario).flatMap((text) => wrap(text, width - 4)),
    ),
  ];
}

function thresholdLines(scenario: ScenarioSummary, paint: Paint): string[] {
  return columns(
    scenario.thresholds.map((threshold) => {
      const tint = paintStatus(threshold.verdict, paint);
      return [
        `${tint(MARKS[threshold.verdict])} ${threshold.metric}`,
        paint.dim(threshold.expression),
        tint(formatObserved(threshold)),
        paint.dim(formatSamples(scenario, threshold)),
      ];
    }),
    ["left", "left", "right", "right"],
  );
}

function timeLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const missing = describeUnfinishedGathers(scenario);
  const note = missing === "" ? [] : wrap(missing, width).map(paint.yellow);
  const rows = measuredTrends(scenario).map(([name, statistics]) => {
    const { count, min, avg, med, max, ...percentiles } = statistics;
    return [
      name,
      ...[min, avg, med, percentiles["p(90)"], percentiles["p(95)"], percentiles["p(99)"], max].map(formatMs),
      formatCount(count),
    ];
  });
  if (rows.length === 0) return note;
  const head = ["min", "avg", "med", "p(90)", "p(95)", "p(99)", "max", "samples"].map((title) => paint.dim(title));
  return [...columns([["", ...head], ...rows], ["left", ...head.map(() => "right" as const)]), ...note];
}

function pathLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const used = (Object.entries(scenario.paths) as [PathClass, number][]).filter(([, count]) => count > 0);
  if (used.length === 0) return [];
  const { expectedPath } = scenario;
  const classes = used.map(([path, count]) =>
    expectedPath !== null && path !== expectedPath
      ? paint.red(`${path} ${count} (expected ${expectedPath})`)
      : `${path} ${count}`,
  );
  const pairs = describePairs(scenario);
  const kept = describeFirstPairs(scenario);
  return [
    classes.join(", "),
    ...(pairs === "" ? [] : wrap(pairs, width).map(paint.dim)),
    ...(kept === "" ? [] : wrap(kept, width).map(paint.yellow)),
  ];
}

function peerLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  return describePeers(scenario).flatMap(({ isWarning, text }) =>
    wrap(text, width).map((line) => (isWarning ? paint.yellow(line) : line)),
  );
}

function allocationLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  return describeAllocations(scenario).flatMap(({ isWarning, text }) =>
    wrap(text, width).map((line) => (isWarning ? paint.yellow(line) : line)),
  );
}

/** The servers' load beside the lab's own, so that nobody mistakes a busy lab for a slow server. */
function loadLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const seen = Object.entries(scenario.turnServers).filter(
    (entry): entry is [string, ServerStatistics] => entry[1] !== null,
  );
  const servers = seen.map(([name, server]) => [
    name,
    formatCpu(server.cpuPercent.avg),
    formatCpu(server.cpuPercent.max),
    formatMebibytes(server.memoryBytes.max),
    formatMegabits(server.rxBitsPerSecond.max),
    formatMegabits(server.txBitsPerSecond.max),
    formatCount(server.allocations.max),
    formatCount(server.allocations.count),
  ]);
  const lab = Object.entries(scenario.lab).map(([name, { cpuPercent, memoryBytes }]) => [
    name,
    formatCpu(cpuPercent.avg),
    formatCpu(cpuPercent.max),
    formatMebibytes(memoryBytes.max),
    "",
    "",
    "",
    formatCount(memoryBytes.count),
  ]);
  // A server in a lab that broke before its first session has nothing to show.
  if (lab.length === 0 && (servers.length === 0 || scenario.sessions.started === 0)) return [];
  const head = ["", "CPU avg", "max", "memory max", "Mbit/s in", "out max", "allocs max", "samples"];
  const packets = seen.flatMap(([name, server]) =>
    server.rxPacketsPerSecond.max === null ? [] : [paint.dim(`${name}: ${describePackets(server)}`)],
  );
  const drops = seen.flatMap(([name, { udpReceiveBufferErrors: errors }]) =>
    errors ? [paint.yellow(`${name}: the kernel dropped ${errors} UDP datagrams, a receive buffer was full`)] : [],
  );
  const quiet = (cell: string) => (cell === "" ? "" : paint.dim(cell));
  return [
    ...columns(
      [head.map(quiet), ...servers, ...lab.map((row) => row.map(quiet))],
      ["left", "right", "right", "right", "right", "right", "right", "right"],
    ),
    ...packets,
    ...drops,
    ...describeMetrics(scenario).flatMap((text) => wrap(oneLine(text), width).map(paint.dim)),
    ...unseenServers(scenario).map(paint.dim),
  ];
}

function turnConfigLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  return Object.entries(scenario.turnConfigs).flatMap(([server, config]) => [
    ...wrap(`${server} ran ${config.file}`, width),
    ...describeTurnConfig(config).flatMap(({ isWarning, text }) => {
      const [first = "", ...more] = wrap(oneLine(text), width - 2);
      return [`${isWarning ? paint.yellow("!") : paint.dim("+")} ${first}`, ...indent(more, 2)];
    }),
  ]);
}

function describePackets({ rxPacketsPerSecond, txPacketsPerSecond, udpReceiveBufferErrors }: ServerStatistics): string {
  const [most, out] = [rxPacketsPerSecond, txPacketsPerSecond].map(({ max }) => formatCount(max));
  return `at most ${most} packets/s in, ${out} out; ${udpReceiveBufferErrors || "no"} UDP receive-buffer errors`;
}

function problemLines(problems: readonly Problem[], paint: Paint, width: number, isExpected: boolean): string[] {
  return problems.flatMap(({ code, count, meaning, examples }) => [
    `${isExpected ? code : paint.red(code)}  ${paint.dim(count === 0 ? "after connecting" : plural(count, "session"))}`,
    ...indent(wrap(meaning, width - 2), 2),
    ...examples.flatMap(({ session, message }) =>
      indent(wrap(`session ${session}: ${oneLine(message)}`, width - 2).map(paint.dim), 2),
    ),
  ]);
}

/** Three to five lines of each: what happened, what speaks for it, what is not known, what to change. */
function causeLines(scenario: ScenarioSummary, causes: readonly Cause[], paint: Paint, width: number): string[] {
  const rest = describeUndiagnosed(scenario);
  return [
    ...causes.flatMap(({ code, count, confidence, leg, session, summary, because, more, unknown, change }) => {
      const reasons = [...because, ...(more > 0 ? [`${more} more`] : [])].join("; ");
      return [
        ...wrap(`${code}  ${count}, ${confidence}; ${leg}`, width),
        ...indent(
          [
            ...wrap(`session ${session}: ${summary}`, width - 2),
            ...(reasons === "" ? [] : wrap(`seen: ${reasons}`, width - 2).map(paint.dim)),
            ...(unknown.length === 0 ? [] : wrap(`not known: ${unknown.join(" ")}`, width - 2).map(paint.dim)),
            ...wrap(`to change: ${change}`, width - 2),
          ],
          2,
        ),
      ];
    }),
    ...(rest === "" ? [] : wrap(rest, width).map(paint.yellow)),
  ];
}

function routerLines(scenario: ScenarioSummary, paint: Paint, width: number): string[] {
  const { shown, folded } = foldRouters(scenario);
  const lines = shown.flatMap(([name, { expected, observed, mismatches, isLifetimeOpen }]) => {
    const isAsExpected = mismatches.length === 0;
    const mark = isAsExpected ? paint.green("✓") : paint.red("✗");
    const open = isLifetimeOpen ? `; ${LIFETIME_OPEN}` : "";
    const text = isAsExpected
      ? `observed ${describeObserved(expected, observed)}${open}`
      : mismatches.map(oneLine).join("; ");
    const [first = "", ...more] = wrap(`${name}: ${text}`, width - 2);
    return [`${mark} ${first}`, ...indent(more, 2)];
  });
  return [...lines, ...(folded === "" ? [] : [`${paint.green("✓")} ${folded}`])];
}
