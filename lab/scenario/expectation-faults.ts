import type { MetricName } from "../model/metrics.ts";
import { METRICS } from "../model/metrics.ts";
import type { Scenario } from "../model/scenario.ts";
import { AGGREGATIONS, parseThreshold } from "../model/thresholds.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { membersAt, valueAt } from "./read.ts";

const PATHS = ["local", "direct", "relayed", "none"] as const satisfies Scenario["expectedPath"][];

/** Faults of what the scenario expects: words that do not go together, and thresholds that say nothing. */
export function expectationFaults(value: unknown): Fault[] {
  const path = valueAt(value, ["expectedPath"]);
  const transport = valueAt(value, ["expectedTransport"]);
  const failure = valueAt(value, ["expectedFailure"]);
  const faults: Fault[] = [];
  // A word that is no path is told as such; what was meant is not known.
  const isOther = (expected: string) => path !== expected && PATHS.some((known) => known === path);
  if (transport !== undefined && isOther("relayed")) {
    faults.push({
      place: "expectedTransport",
      expected: 'expectedPath "relayed", or none set: only a relayed path has a transport to the TURN server',
      found: `expectedPath ${show(path)}`,
    });
  }
  if (failure !== undefined && (path === undefined || isOther("none"))) {
    faults.push({
      place: "expectedFailure",
      expected: 'expectedPath "none": only then every session must fail',
      found: path === undefined ? "no expectedPath" : `expectedPath ${show(path)}`,
    });
  }
  return [...faults, ...membersAt(value, "thresholds").flatMap(([metric, list]) => thresholdFaults(metric, list))];
}

function thresholdFaults(metric: string, list: unknown): Fault[] {
  if (!Object.hasOwn(METRICS, metric) || !Array.isArray(list)) return [];
  const name = metric as MetricName;
  return list.flatMap((expression: unknown, index): Fault[] => {
    if (typeof expression !== "string") return [];
    const threshold = parseThreshold(name, expression);
    if (!("error" in threshold)) return [];
    return [
      {
        place: `thresholds.${metric}[${index}]`,
        expected: `a threshold of a ${METRICS[name].type}: ${AGGREGATIONS[METRICS[name].type]}, an operator, a number`,
        found: show(expression),
        hint: threshold.error,
      },
    ];
  });
}
