import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../html/markup.ts";
import { renderPage } from "../html/page/document.ts";
import { formatInterval, formatMs, formatRatio, NOTHING, plural } from "../render/format.ts";
import { setupTable } from "./compare-html.ts";
import { statusMark, statusWord } from "./compare-words.ts";
import type { Comparison, TrendPoint } from "./comparison.ts";
import { trendCharts } from "./trend-charts.ts";

/** trend.html: how each scenario came out over many runs, and where what they were made with changed. */
export function renderTrendHtml({ runs, marks, trends, skipped, notes }: Comparison): string {
  const axis = { runs, marks: marks.map(({ run }, index) => ({ run, number: index + 1 })) };
  const [first, last] = [runs[0], runs.at(-1)];
  const verdict = `${plural(runs.length, "run")} from ${first?.startedAt} to ${last?.startedAt}, ${runs.filter(({ status }) => status === "passed").length} of them passed; what they were made with changed ${plural(marks.length, "time")}${marks.length > 0 ? ", each a numbered line in the charts" : ""}.`;
  return renderPage({
    title: "turnlab: trend",
    status: "",
    verdict,
    top: NOTHING_AT_ALL,
    main: html`${trends.map(
      ({ scenario, points }, index) =>
        html`<section aria-labelledby="scenario-${index + 1}"><h2 id="scenario-${index + 1}">${scenario}</h2>
${trendCharts(points, axis)}${fold("As a table", pointsTable(scenario, points))}</section>`,
    )}
<section aria-labelledby="marks"><h2 id="marks">What changed between runs</h2>
${
  marks.length === 0
    ? html`<p>Nothing, as far as is told.</p>`
    : marks.map(
        ({ run, setup }, index) =>
          html`<h3>${index + 1}. From ${run} on</h3>${setupTable(`Change ${index + 1}`, setup)}`,
      )
}</section>
<section aria-labelledby="about"><h2 id="about">What these figures are</h2>
${list(["Intervals are 95 % (Wilson). One run above another is no trend: whether a run was shown to differ from the reference stands in compare.html.", ...notes.slice(-1)])}
${fold(`Left out: ${skipped.length}`, list(skipped.map(({ run, reason }) => `${run}: ${reason}`)), true)}</section>`,
  });
}

function pointsTable(scenario: string, points: readonly TrendPoint[]): Markup {
  return table(
    `Runs of ${scenario}`,
    [
      { title: "Run" },
      { title: "Status" },
      { title: "Success", isFigure: true },
      { title: "95 % interval", isFigure: true },
      { title: "Connect time median, ms", isFigure: true },
      { title: "p(95), ms", isFigure: true },
      { title: "Server CPU for a call", isFigure: true },
    ],
    points.map(({ run, status, success, connectTime, servers }) => [
      run,
      html`<span class="status ${status}">${statusMark(status)} ${statusWord(status)}</span>`,
      formatRatio(success.rate),
      formatInterval(success.ci95),
      formatMs(connectTime.med),
      formatMs(connectTime.p95),
      Object.entries(servers)
        .map(
          ([server, { cpuMsPerCall }]) =>
            `${server} ${cpuMsPerCall === null ? NOTHING : `${formatMs(cpuMsPerCall)} ms`}`,
        )
        .join(", ") || NOTHING,
    ]),
  );
}
