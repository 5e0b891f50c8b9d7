import type { RunEvent } from "../../lab/model/events.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { aftermathTable } from "../render/aftermath-words.ts";
import { describeAllocations } from "../render/allocation-words.ts";
import { describeUndiagnosed, listCauses } from "../render/cause-words.ts";
import { describeEvidence } from "../render/evidence-words.ts";
import { formatCount, formatDuration, formatMs, formatObserved, formatSamples, oneLine } from "../render/format.ts";
import { describeIceServers } from "../render/ice-server-words.ts";
import { describeChanges, describeLinkTools, linkMismatches, linkTable } from "../render/link-words.ts";
import { loadTable } from "../render/load-table.ts";
import { describePeers } from "../render/peer-words.ts";
import { describeMetrics } from "../render/prometheus-words.ts";
import { unseenServers } from "../render/uplink-words.ts";
import {
  describeCells,
  describeDeaths,
  describeFirstPairs,
  describePairs,
  describeServers,
  describeSessions,
  describeSkipped,
  describeUnfinishedGathers,
  listProblems,
  MARKS,
  measuredTrends,
  STATUS_WORDS,
} from "../render/words.ts";
import { connectTimeChart } from "./connect-time-chart.ts";
import { gridSection } from "./grid-section.ts";
import { loadCharts } from "./load-charts.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "./markup.ts";
import type { ShownSession } from "./session-data.ts";
import { setUpSection } from "./set-up-section.ts";
import { stagesChart } from "./stages-chart.ts";

const EXAMPLES_PER_CODE = 3;
const REASONS_PER_CAUSE = 8;

/** One scenario: what failed and why first, then figures, then how it was set up. `id`: its anchor. */
export function scenarioSection(
  scenario: ScenarioSummary,
  events: readonly RunEvent[],
  sessions: readonly ShownSession[],
  id: string,
): Markup {
  const { status, name } = scenario;
  const finished = events.filter((event) => event.type === "session_finished");
  const isGrid = scenario.cells !== null;
  const details = html`${gridSection(scenario)}${thresholds(scenario)}${
    isGrid ? NOTHING_AT_ALL : html`${connectTimeChart(finished)}${stagesChart(finished)}${paths(scenario)}`
  }${loadCharts(events)}${fold("Times in figures", html`${isGrid ? NOTHING_AT_ALL : times(scenario)}`)}${fold("Load in figures", load(scenario))}${picker(scenario, sessions)}${setUpSection(scenario, events)}${more(scenario)}`;
  return html`<section class="scenario" aria-labelledby="${id}">
<h2 id="${id}"><span class="status ${status}">${MARKS[status]} ${STATUS_WORDS[status]}</span> ${name}</h2>
<p>${oneLine(scenario.description)}</p>
${scenario.reason === null ? NOTHING_AT_ALL : html`<p class="bad"><strong>${oneLine(scenario.reason)}</strong></p>`}
<p>${[describeCells(scenario), describeSessions(scenario)].filter((words) => words !== "").join("; ")}${scenario.durationMs === null ? "" : `, in ${formatDuration(scenario.durationMs)}`}.</p>
${list(warnings(scenario))}
${causes(scenario)}${isGrid ? NOTHING_AT_ALL : problems(scenario)}
${status === "skipped" ? NOTHING_AT_ALL : fold("All of it: charts, sessions, topology, servers", details, status !== "passed")}
</section>`;
}

function warnings(scenario: ScenarioSummary): string[] {
  const raw = describeAllocations(scenario).map(({ isWarning, text }) => `${isWarning ? "⚠ " : ""}${text}`);
  return [...describeDeaths(scenario), describeSkipped(scenario), ...raw, ...describeServers(scenario)].filter(
    (words) => words !== "",
  );
}

function causes(scenario: ScenarioSummary): Markup {
  const items = listCauses(scenario, REASONS_PER_CAUSE).map(
    (cause) => html`<article class="cause"><h3>${cause.summary}</h3>
<p><code>${cause.code}</code>, ${cause.count}, ${cause.confidence}; ${cause.leg}. ${sessionLink(scenario.name, cause.session)}</p>
<p><strong>To change:</strong> ${cause.change}</p>
${list([...cause.because.map((reason) => html`seen: ${reason}`), ...(cause.more > 0 ? [`${cause.more} more of the kind`] : []), ...cause.unknown.map((unknown) => html`not known: ${unknown}`)])}</article>`,
  );
  const rest = describeUndiagnosed(scenario);
  return html`${items}${rest === "" ? NOTHING_AT_ALL : html`<p>${rest}</p>`}`;
}

function problems(scenario: ScenarioSummary): Markup {
  const { failures, violations } = listProblems(scenario, EXAMPLES_PER_CODE);
  const items = [...failures, ...violations].map(
    ({ code, count, meaning, examples }) =>
      html`<code>${code}</code>, ${count === 0 ? "after connecting" : `${count} ×`}: ${meaning}${list(examples.map(({ session, message }) => html`${sessionLink(scenario.name, session)}: ${oneLine(message)}`))}`,
  );
  return items.length === 0
    ? NOTHING_AT_ALL
    : html`<h3>${scenario.status === "passed" ? "What failed, as it was to" : "What failed"}</h3>${list(items)}`;
}

function sessionLink(scenario: string, session: number): Markup {
  return html`<button type="button" class="link" data-open="${scenario}" data-session="${session}">session ${session}</button>`;
}

function thresholds(scenario: ScenarioSummary): Markup {
  const icon = { passed: "✓ passed", failed: "✗ failed", no_data: "– no data" };
  return table(
    "Thresholds",
    [
      { title: "Metric" },
      { title: "Expression" },
      { title: "Observed", isFigure: true },
      { title: "From", isFigure: true },
      { title: "Verdict" },
    ],
    scenario.thresholds.map((threshold) => [
      threshold.metric,
      html`<code>${threshold.expression}</code>`,
      formatObserved(threshold),
      formatSamples(scenario, threshold),
      html`<span class="status ${threshold.verdict}">${icon[threshold.verdict]}</span>`,
    ]),
  );
}

function times(scenario: ScenarioSummary): Markup {
  const titles = ["min", "avg", "med", "p(90)", "p(95)", "p(99)", "max", "Samples"];
  const missing = describeUnfinishedGathers(scenario);
  return html`${table(
    "Times in milliseconds",
    [{ title: "Metric" }, ...titles.map((title) => ({ title, isFigure: true }))],
    measuredTrends(scenario).map(([name, statistics]) => {
      const { min, avg, med, max, count, ...percentiles } = statistics;
      const values = [min, avg, med, percentiles["p(90)"], percentiles["p(95)"], percentiles["p(99)"], max];
      return [name, ...values.map(formatMs), formatCount(count)];
    }),
  )}${missing === "" ? NOTHING_AT_ALL : html`<p>${missing}.</p>`}`;
}

function paths(scenario: ScenarioSummary): Markup {
  const used = Object.entries(scenario.paths).filter(([, count]) => count > 0);
  if (used.length === 0) return NOTHING_AT_ALL;
  const expected = scenario.expectedPath === null ? "" : ` (expected ${scenario.expectedPath})`;
  const pairs = describePairs(scenario);
  const said = [
    `Paths: ${used.map(([path, count]) => `${path} ${count}`).join(", ")}${expected}`,
    pairs && `candidate pairs, offerer to answerer: ${pairs}`,
    describeFirstPairs(scenario),
  ];
  return html`<p>${said.filter((part) => part !== "").join("; ")}.</p>`;
}

function load(scenario: ScenarioSummary): Markup {
  const { titles, rows } = loadTable(scenario);
  return html`${table("Servers and the lab itself", [{ title: "Load" }, ...titles.map((title) => ({ title, isFigure: true }))], rows)}${list([...describeMetrics(scenario), ...unseenServers(scenario)].map(oneLine))}`;
}

/** Any session, failed ones first; the page's script fills it. */
function picker({ name }: ScenarioSummary, sessions: readonly ShownSession[]): Markup {
  if (sessions.length === 0) return NOTHING_AT_ALL;
  const bad = sessions.filter(({ isBad }) => isBad).length;
  const about = bad === 0 ? "" : `, ${bad} of them failed or otherwise not as expected, first`;
  return html`<details class="sessions" data-scenario="${name}"><summary>Sessions, one by one: ${sessions.length}${about}</summary>
<label>Session <select aria-label="Session of ${name}"><option>…</option></select></label><div class="session" aria-live="polite"></div>
<noscript><p>One session at a time needs the page's script; <code>./turnlab report RUN --session N</code> prints it.</p></noscript></details>`;
}

function more(scenario: ScenarioSummary): Markup {
  const { made, missed } = describeChanges(scenario);
  const { head, rows } = aftermathTable(scenario);
  const [, ...titles] = head;
  const wires = scenario.links.length === 0 ? null : linkTable(scenario);
  return html`${fold("ICE servers from APIs", list(describeIceServers(scenario)))}${fold(
    "Peers",
    list(describePeers(scenario).map(({ isWarning, text }) => html`${isWarning ? "⚠ " : ""}${text}`)),
  )}${fold("Changes in mid-run", html`${list([...made, ...missed.map((change) => `not made, the load had ended: ${change}`)])}${table("After what happened", [{ title: "After" }, ...titles.map((title) => ({ title, isFigure: true }))], rows)}`)}${
    wires === null
      ? NOTHING_AT_ALL
      : fold(
          "Wires with conditions",
          html`${table(
            `By ${describeLinkTools(scenario)}, asked → measured`,
            wires.head.map((title) => ({ title })),
            wires.rows,
          )}${list(linkMismatches(scenario))}`,
        )
  }${fold("Evidence", list(describeEvidence(scenario)))}`;
}
