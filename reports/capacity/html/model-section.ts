import * as Plot from "@observablehq/plot";
import type { Prediction } from "../../../lab/model/capacity-model.ts";
import type { CapacityReport } from "../../../lab/model/capacity-report.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { fold, html, list, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { describeSize, nameOf, number } from "../capacity-words.ts";
import { COST_HEAD, costRows, describeFit, describeModel, PREDICTION_HEAD, predictionRow } from "../model-words.ts";
import { basisBadge } from "./basis-badge.ts";

/** What an allocation, a packet and a bit cost the server, and what that says of other sizes: held against what was measured there. */
export function modelSection({ model, prediction }: CapacityReport): Markup {
  if (!model) return section("model", "What it costs", html`<p>No model: too few loads were measured.</p>`);
  const atKnee = model.atKnee.map(
    ({ call, cpus, cpuMsPerCall }) =>
      `all in all at the knee of ${cpus} cores: ${number(cpuMsPerCall)} CPU ms a second for each call (${call.over.toUpperCase()})`,
  );
  return section(
    "model",
    "What it costs",
    html`${model.transports.map(
      (cost) =>
        html`<h3>${cost.over.toUpperCase()}</h3>${table(
          `Server CPU over ${cost.over.toUpperCase()}`,
          COST_HEAD.map((title, index) => ({ title, isFigure: index > 0 })),
          costRows(cost),
        )}<p class="key">${describeFit(cost)}; ${basisBadge("measured")}</p>${list(cost.notTold.map((one) => `not told: ${one}`))}`,
    )}`,
    list([...atKnee, ...describeModel(model)]),
    predictions(prediction),
  );
}

function predictions(all: readonly Prediction[]): Markup {
  if (all.length === 0) return NOTHING_AT_ALL;
  const assumptions = [...new Set(all.flatMap(({ assumptions: own }) => own))];
  return html`<h3>Other sizes, predicted${all.some(({ measured }) => measured) ? " and then measured" : ""}</h3>${predictionChart(all)}${table(
    "Other sizes",
    PREDICTION_HEAD.map((title, index) => ({ title, isFigure: [1, 2, 5, 6].includes(index) })),
    all.map((one) => predictionRow(one).map((cell, index) => (index === 4 ? basisBadge(one.basis) : cell))),
  )}${list(assumptions)}${fold(
    "What each thing alone would let through",
    html`${all.map(
      ({ size, bounds }) =>
        html`<p><b>${describeSize(size)}</b></p>${list(bounds.map(({ constraint, calls, basis, why }) => html`${nameOf(constraint)}: ${calls} calls ${basisBadge(basis)} ${why}`))}`,
    )}`,
  )}`;
}

function predictionChart(all: readonly Prediction[]): Markup {
  const drawn = all.flatMap(({ size, calls, interval, measured }) =>
    calls === null
      ? []
      : [
          {
            name: describeSize(size),
            calls,
            low: interval?.[0] ?? calls,
            high: interval?.[1] ?? calls,
            measured: measured?.calls ?? null,
          },
        ],
  );
  if (drawn.length === 0) return NOTHING_AT_ALL;
  const measured = drawn.filter((one) => one.measured !== null);
  return drawChart({
    title: "Calls at once, predicted with its interval against measured",
    summary: drawn
      .map(
        ({ name, calls, low, high, measured: seen }) =>
          `${name}: predicted ${calls}, ${low} to ${high}${seen === null ? "" : `; measured ${seen}`}`,
      )
      .join(". "),
    legend: [
      { label: "○ predicted, and its interval", colour: COLOURS.offered },
      ...(measured.length > 0 ? [{ label: "● measured", colour: COLOURS.good }] : []),
    ],
    options: {
      height: 70 + 34 * drawn.length,
      marginLeft: 140,
      x: {
        label: "calls at once",
        domain: [0, Math.max(...drawn.flatMap(({ high, measured: seen }) => [high, seen ?? 0])) * 1.1],
        grid: true,
      },
      y: { label: null, domain: drawn.map(({ name }) => name) },
      marks: [
        Plot.ruleY(drawn, {
          y: "name",
          x1: "low",
          x2: "high",
          stroke: COLOURS.offered,
          strokeWidth: 3,
          strokeOpacity: 0.5,
        }),
        Plot.dot(drawn, { y: "name", x: "calls", stroke: COLOURS.offered, strokeWidth: 2, r: 6 }),
        Plot.dot(measured, { y: "name", x: "measured", fill: COLOURS.good, r: 4 }),
      ],
    },
  });
}
