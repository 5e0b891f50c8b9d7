import {
  type CapacityModel,
  COST_TERMS,
  type CostTerm,
  type PerAllocation,
  type Prediction,
  type TransportCost,
} from "../../lab/model/capacity-model.ts";
import type { CapacityReport, CapacityStatus } from "../../lab/model/capacity-report.ts";
import { formatBytes, formatRatio, NOTHING, oneLine, plural } from "../render/format.ts";
import { describeSize, nameOf, number } from "./capacity-words.ts";

export const COST_HEAD = ["server CPU for", "costs", "95 %"] as const;

/** Rows under COST_HEAD. */
export function costRows({ costs }: TransportCost): string[][] {
  const words: Record<CostTerm, string> = {
    base: "itself, whatever it carries",
    allocation: "an allocation held",
    setup: "an allocation made",
    hop: "a packet received and sent on",
    megabit: "a megabit received and sent on",
  };
  return (Object.keys(COST_TERMS) as CostTerm[]).flatMap((term) => {
    const cost = costs[term];
    if (!cost) return [];
    const unit = term === "base" || term === "allocation" ? "ms/s" : "ms";
    const interval = cost.interval ? `${number(cost.interval[0])} to ${number(cost.interval[1])}` : NOTHING;
    return [[words[term], `${number(cost.cpuMs)} ${unit}`, interval]];
  });
}

/** `r² 0.998 over 24 samples, off by 1.2 % of their mean`. */
export function describeFit({ r2, samples, residual, over }: TransportCost): string {
  const fit = r2 === null ? "" : `r² ${r2.toFixed(3)} over `;
  const off = residual === null ? "" : `, off by ${formatRatio(residual.share)} of their mean`;
  return `${over.toUpperCase()}: ${fit}${plural(samples, "sample")}${off}`;
}

/** What is beside CPU in a model, a line each. */
export function describeModel({ memory, fileDescriptors, utilization, threads, rescaled }: CapacityModel): string[] {
  return [
    ...(memory ? [`memory: ${describePerAllocation(memory, (bytes) => formatBytes(Math.round(bytes)))}`] : []),
    ...(fileDescriptors ? [`file descriptors: ${describePerAllocation(fileDescriptors, number)}`] : []),
    ...(threads
      ? [
          `threads: ${threads.busy} at work, the busiest with ${formatRatio(threads.busiestShare, 0)} of the server's CPU`,
        ]
      : []),
    `share of its CPU at the knee: ${formatRatio(utilization.share, 0)}, ${utilization.basis}: ${oneLine(utilization.note)}`,
    ...(rescaled ? [`of ${oneLine(rescaled.machine)}: ${oneLine(rescaled.note)}`] : []),
  ];
}

function describePerAllocation({ base, perAllocation, r2 }: PerAllocation, format: (value: number) => string): string {
  const fit = r2 === null ? "" : ` (r² ${r2.toFixed(3)})`;
  return `${format(base)}, and ${format(perAllocation)} for each allocation${fit}`;
}

export const PREDICTION_HEAD = ["size", "calls", "interval", "binds", "", "measured", "off by"] as const;

/** One row under PREDICTION_HEAD. */
export function predictionRow({ size, calls, interval, constraint, basis, measured }: Prediction): string[] {
  return [
    describeSize(size),
    calls === null ? NOTHING : String(calls),
    interval ? `${interval[0]} to ${interval[1]}` : NOTHING,
    nameOf(constraint),
    basis,
    measured ? String(measured.calls) : NOTHING,
    measured?.deviation === null || measured === null ? NOTHING : signed(measured.deviation),
  ];
}

export const OTHERS_HEAD = ["also measured", "calls", "not carried", "binds", ""] as const;

/** One row under OTHERS_HEAD. */
export function otherRow({ name, status, knee, constraint }: CapacityReport["others"][number]): string[] {
  const least = knee.atLeast === null ? NOTHING : `at least ${knee.atLeast}`;
  return [
    oneLine(name),
    knee.calls === null ? least : String(knee.calls),
    knee.notCarried === null ? NOTHING : String(knee.notCarried),
    nameOf(constraint),
    STATUS_WORDS[status],
  ];
}

export const STATUS_WORDS: Record<CapacityStatus, string> = {
  found: "found and confirmed",
  unconfirmed: "not confirmed",
  at_least: "no knee: the generator bound",
  never_passed: "carries nothing",
  undecided: "not found in time",
  errored: "the lab broke",
  interrupted: "interrupted",
};

function signed(ratio: number): string {
  const percent = (Math.abs(ratio) * 100).toFixed(1);
  return `${Number(percent) === 0 ? "" : ratio < 0 ? "−" : "+"}${percent} %`;
}
