import { durationMs } from "./duration.ts";
import type { CounterName, MetricName, MetricType, RateName, TrendName } from "./metrics.ts";
import { METRICS } from "./metrics.ts";

/**
 * k6 threshold expressions (k6: metrics/thresholds_parser.go):
 *
 *     assertion   = aggregation { ws } operator { ws } float
 *     aggregation = trend | rate | counter
 *     counter     = "count"
 *     rate        = "rate"
 *     trend       = "avg" | "min" | "max" | "med" | percentile
 *     percentile  = "p(" float ")"
 *     operator    = ">" | ">=" | "<=" | "<" | "==" | "===" | "!="
 */
type Operator = (typeof OPERATORS)[number];
const OPERATORS = [">=", "<=", "===", "==", "!=", ">", "<"] as const;

type Compare<A extends string> = `${A}${Operator}${number}` | `${A} ${Operator} ${number}`;
export type TrendExpression = Compare<"avg" | "min" | "max" | "med" | `p(${number})`>;
export type RateExpression = Compare<"rate">;
export type CounterExpression = Compare<"count">;

/**
 * As k6 has it (`ThresholdConfig`): an expression, or one that ends the load once it does not hold. `delayAbortEval`: from so
 * long after the load began, a duration as "10s", so that the first samples alone end nothing.
 */
export type OneThreshold<E extends string = string> =
  | E
  | { threshold: E; abortOnFail: boolean; delayAbortEval?: string };

/** A metric, or the part of its samples with these tags: `connect_time{path:relayed,failure:turn_no_answer}`. */
type Keys<N extends MetricName> = N | `${N}{${string}:${string}}`;
export type ThresholdKey = Keys<MetricName>;

/** Thresholds of a scenario: a wrong metric or aggregation fails in the editor and again at start. */
export type ScenarioThresholds = { [K in Keys<TrendName>]?: OneThreshold<TrendExpression>[] } & {
  [K in Keys<RateName>]?: OneThreshold<RateExpression>[];
} & {
  [K in Keys<CounterName>]?: OneThreshold<CounterExpression>[];
};

/** Any other key is one too many: what would else let it pass is that a type may have more keys than it must. */
export type KnownThresholds<T> = { [K in keyof T]: K extends ThresholdKey ? T[K] : never };

export function expressionOf(threshold: OneThreshold): string {
  return typeof threshold === "string" ? threshold : threshold.threshold;
}

/** When a threshold ends a load, by its expression; null where it never does. */
export function abortOf(threshold: OneThreshold): { fromMs: number } | null {
  if (typeof threshold === "string" || !threshold.abortOnFail) return null;
  return { fromMs: durationMs(threshold.delayAbortEval ?? "0s") };
}

export type Aggregation =
  | { kind: "avg" | "min" | "max" | "med" | "rate" | "count" }
  | { kind: "percentile"; percentile: number };

export type Threshold = { aggregation: Aggregation; operator: Operator; value: number; expression: string };

export const AGGREGATIONS: Record<MetricType, string> = {
  trend: "avg, min, max, med, p(N)",
  rate: "rate",
  counter: "count",
};

const GRAMMAR =
  /^\s*(avg|min|max|med|rate|count|p\(\s*(\d+(?:\.\d+)?)\s*\))\s*(>=|<=|===|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)\s*$/;

/** Parses one expression for one metric. Returns the threshold, or what is wrong with it. */
export function parseThreshold(metric: MetricName, expression: string): Threshold | { error: string } {
  const match = GRAMMAR.exec(expression);
  if (!match) {
    return { error: `expected AGGREGATION OPERATOR NUMBER, such as "p(95)<5000", found "${expression}"` };
  }
  const [, name = "", percentile, operator, value] = match;
  const aggregation: Aggregation =
    percentile === undefined
      ? { kind: name as Exclude<Aggregation["kind"], "percentile"> }
      : { kind: "percentile", percentile: Number(percentile) };
  const { type } = METRICS[metric];
  const kinds: Record<MetricType, string[]> = {
    trend: ["avg", "min", "max", "med", "percentile"],
    rate: ["rate"],
    counter: ["count"],
  };
  if (!kinds[type].includes(aggregation.kind)) {
    return { error: `${metric} is a ${type} and has ${AGGREGATIONS[type]}; found "${name}" in "${expression}"` };
  }
  if (aggregation.kind === "percentile" && aggregation.percentile > 100) {
    return { error: `expected a percentile from 0 to 100, found ${aggregation.percentile} in "${expression}"` };
  }
  return { aggregation, operator: operator as Operator, value: Number(value), expression };
}

/** Whether the observed value satisfies the threshold. */
export function satisfies(threshold: Threshold, observed: number): boolean {
  const { operator, value } = threshold;
  switch (operator) {
    case ">":
      return observed > value;
    case ">=":
      return observed >= value;
    case "<":
      return observed < value;
    case "<=":
      return observed <= value;
    case "!=":
      return observed !== value;
    default:
      return observed === value;
  }
}

/**
 * Of a load of raw TURN clients that sets none of its own for them: 5 % of load that was not produced is a load that was not
 * asked for. Those of packets only where there are to be some.
 */
export const ALLOCATION_THRESHOLDS = {
  allocation_success: ["rate>0.95"],
  connect_time: ["p(95)<5000"],
  iterations_begun: ["rate>=0.95"],
  packets_on_time: ["rate>=0.95"],
  packet_delivery: ["rate>0.95"],
} as const satisfies ScenarioThresholds;

/** The mission's targets, gate of every scenario that expects a connection and sets no thresholds of its own. */
export const DEFAULT_THRESHOLDS = {
  session_success: ["rate>0.95"],
  connect_time: ["p(95)<5000"],
} as const satisfies ScenarioThresholds;
