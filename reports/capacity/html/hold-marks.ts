import * as Plot from "@observablehq/plot";
import type { CurvePoint } from "../../../lab/model/capacity-report.ts";
import { COLOURS, type LegendEntry } from "../../html/chart.ts";

/** How a hold is drawn by what came of it; told apart by its shape as well. */
export const VERDICTS = {
  carried: { colour: COLOURS.good, symbol: "circle", label: "● carried" },
  not_carried: { colour: COLOURS.bad, symbol: "times", label: "× not carried" },
  no_verdict: { colour: COLOURS.muted, symbol: "diamond", label: "◆ says nothing of the server" },
} as const satisfies Record<CurvePoint["verdict"], { colour: string; symbol: Plot.SymbolType; label: string }>;

export function verdictLegend(points: readonly Pick<CurvePoint, "verdict">[]): LegendEntry[] {
  return (Object.keys(VERDICTS) as CurvePoint["verdict"][])
    .filter((verdict) => points.some((point) => point.verdict === verdict))
    .map((verdict) => ({ label: VERDICTS[verdict].label, colour: VERDICTS[verdict].colour }));
}

export const isConfirmation = ({ purpose }: Pick<CurvePoint, "purpose">) => purpose === "below" || purpose === "above";

/** The knee as an upright line with its number. */
export function kneeRule(calls: number | null, at: number): Plot.Markish[] {
  if (calls === null) return [];
  return [
    Plot.ruleX([calls], { stroke: COLOURS.offered, strokeWidth: 1.5 }),
    Plot.text([{ calls, at }], {
      x: "calls",
      y: "at",
      text: () => `knee ${calls}`,
      textAnchor: "end",
      dx: -4,
      dy: 4,
      fill: COLOURS.offered,
    }),
  ];
}
