import * as Plot from "@observablehq/plot";
import type { GateDifference, GateReport } from "../../../lab/model/gate.ts";
import { COLOURS, drawChart } from "../../html/chart.ts";
import { html, type Markup, NOTHING_AT_ALL, table } from "../../html/markup.ts";
import { section } from "../../html/page/section.ts";
import { DIFFERENCE_HEAD, differenceRow, explainDifferences, hasCalled } from "../gate-words.ts";

/** Metrics of the candidate against the baseline's, pair by pair: intervals and margins drawn, then in figures. */
export function differencesSection(report: GateReport): Markup {
  const { differences, baseline } = report;
  if (!baseline || !hasCalled(report) || differences.length === 0) return NOTHING_AT_ALL;
  return section(
    "differences",
    "Candidate against baseline, pair by pair",
    differencesChart(differences),
    table(
      "Differences",
      DIFFERENCE_HEAD.map((title, index) => ({ title, isFigure: index > 0 && index < 6 })),
      differences.map(differenceRow),
    ),
    html`<p class="key">${explainDifferences(report)}</p>`,
  );
}

const COLOUR: Record<GateDifference["verdict"], string> = {
  worse: COLOURS.bad,
  better: COLOURS.good,
  within: COLOURS.target,
  none: COLOURS.offered,
  undecided: COLOURS.muted,
};

function differencesChart(differences: readonly GateDifference[]): Markup {
  const drawn = differences.flatMap(({ metric, change, interval, margin, verdict, ...rest }) => {
    if (change === null || interval === null) return [];
    const [name = metric, , , , , , says = ""] = differenceRow({ metric, change, interval, margin, verdict, ...rest });
    // Of calls and messages less is worse.
    const sense = metric === "success" || metric === "delivery" ? -1 : 1;
    return [
      { name, says, change, low: interval[0], high: interval[1], limit: margin * sense, colour: COLOUR[verdict] },
    ];
  });
  if (drawn.length === 0) return NOTHING_AT_ALL;
  const ends = drawn.flatMap(({ low, high, limit }) => [low, high, limit].map(Math.abs));
  const reach = Math.min(2, Math.max(...ends) * 1.15);
  const within = (value: number) => 100 * Math.max(-reach, Math.min(reach, value));
  return drawChart({
    title: "Change from baseline to candidate, with its interval; the bar is the margin, beyond it is worse",
    summary: drawn
      .map(
        ({ name, says, low, high }) =>
          `${name}: between ${(low * 100).toFixed(1)} and ${(high * 100).toFixed(1)} %, ${says}`,
      )
      .join("; "),
    options: {
      height: 60 + 36 * drawn.length,
      marginLeft: 170,
      x: { label: "change (%; of shares: points)", domain: [-100 * reach, 100 * reach], grid: true },
      y: { label: null, domain: drawn.map(({ name }) => name), padding: 0.35 },
      marks: [
        Plot.barX(drawn, {
          y: "name",
          x1: ({ limit }: { limit: number }) => within(limit),
          x2: ({ limit }: { limit: number }) => within(Math.sign(limit) * reach),
          fill: COLOURS.bad,
          fillOpacity: 0.12,
        }),
        Plot.tickX(drawn, {
          y: "name",
          x: ({ limit }: { limit: number }) => within(limit),
          stroke: COLOURS.bad,
          strokeWidth: 2,
        }),
        Plot.ruleX([0]),
        Plot.ruleY(drawn, {
          y: "name",
          x1: ({ low }: { low: number }) => within(low),
          x2: ({ high }: { high: number }) => within(high),
          stroke: ({ colour }: { colour: string }) => colour,
          strokeWidth: 3,
        }),
        Plot.dot(drawn, {
          y: "name",
          x: ({ change }: { change: number }) => within(change),
          fill: ({ colour }: { colour: string }) => colour,
          r: 5,
        }),
      ],
    },
  });
}
