import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RunEvent } from "../../lab/model/events.ts";
import type { ScenarioStatus, ScenarioSummary, Summary } from "../../lab/model/summary.ts";
import { formatInterval, formatMs, formatRatio, NOTHING, oneLine } from "../render/format.ts";
import { describeMissing } from "../render/missing-words.ts";
import { describeUplink } from "../render/uplink-words.ts";
import {
  describeGrid,
  describeNone,
  describeVerdict,
  MARKS,
  pathWord,
  STATUS_WORDS,
  successOf,
} from "../render/words.ts";
import { aboutSection } from "./about-section.ts";
import { html, list, type Markup, NOTHING_AT_ALL, raw, table } from "./markup.ts";
import { renderPage } from "./page/document.ts";
import { scenarioSection } from "./scenario-section.ts";
import { packSessions, shownSessions } from "./session-data.ts";
import { targets } from "./targets.ts";

const own = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8");
const ORDER: readonly ScenarioStatus[] = ["errored", "failed", "no_data", "passed", "skipped"];

/** A report that is one file: nothing in it is loaded from anywhere, and it says the same on paper. */
export function renderHtml(summary: Summary, events: readonly RunEvent[]): string {
  const byScenario = Map.groupBy(events, (event) => ("scenario" in event ? event.scenario : ""));
  const scenarios = summary.scenarios
    .map((scenario, index) => ({ scenario, id: `scenario-${index + 1}`, own: byScenario.get(scenario.name) ?? [] }))
    .sort((a, b) => ORDER.indexOf(a.scenario.status) - ORDER.indexOf(b.scenario.status));
  const sessions = Object.fromEntries(scenarios.map(({ scenario, own }) => [scenario.name, shownSessions(own)]));
  const title = `turnlab: ${summary.status}`;
  return renderPage({
    title,
    status: summary.status,
    verdict: describeVerdict(summary),
    top: html`${missing(summary)}${targets(summary)}`,
    main: html`${overview(scenarios)}${list(describeUplink(summary))}
${scenarios.map(({ scenario, id, own }) => scenarioSection(scenario, own, sessions[scenario.name] ?? [], id))}
${aboutSection(summary, events)}`,
    scripts: html`<script type="application/gzip+base64" id="sessions">${raw(packSessions(sessions))}</script>
<script type="module">${raw(own("page-script.js"))}</script>`,
  });
}

function overview(scenarios: readonly { scenario: ScenarioSummary; id: string }[]): Markup {
  return table(
    "Scenarios",
    [
      { title: "Scenario" },
      { title: "Status" },
      { title: "Connected", isFigure: true },
      { title: "Success", isFigure: true },
      { title: "95 % interval", isFigure: true },
      { title: "Connect time median, ms", isFigure: true },
      { title: "p(95), ms", isFigure: true },
      { title: "Path" },
    ],
    scenarios.map(({ scenario, id }) => {
      const { sessions, metrics, expectedPath, expectedFailure, status, name } = scenario;
      const start = [
        html`<a href="#${id}">${name}</a>`,
        html`<span class="status ${status}">${MARKS[status]} ${STATUS_WORDS[status]}</span>`,
      ];
      const grid = describeGrid(scenario);
      if (grid)
        return [
          ...start,
          grid.share === NOTHING ? NOTHING : `${grid.share} cells`,
          NOTHING,
          NOTHING,
          NOTHING,
          NOTHING,
          grid.verdict,
        ];
      const { finished, rate, ci95 } = successOf(scenario);
      const hasRate = expectedPath !== "none" && expectedFailure === null;
      return [
        ...start,
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

function missing(summary: Summary): Markup {
  const said = describeMissing(summary).map(oneLine);
  return said.length === 0
    ? NOTHING_AT_ALL
    : html`<div class="missing"><strong>This report is incomplete.</strong>${list(said)}</div>`;
}
