import { quantileOf } from "../../lab/statistics/distribution.ts";
import { successOf } from "../render/words.ts";
import type { Comparison, TrendPoint } from "./comparison.ts";
import type { RunFacts, ScenarioFacts } from "./run-facts.ts";

/** By scenario, what each run came to; runs in the order given. Of scenarios that at least two of them have. */
export function trendsOf(runs: readonly RunFacts[]): Comparison["trends"] {
  const names = new Set(runs.flatMap(({ scenarios }) => [...scenarios.keys()]));
  return [...names]
    .map((scenario) => ({
      scenario,
      points: runs.flatMap(({ name, scenarios }) => {
        const facts = scenarios.get(scenario);
        return facts ? [pointOf(name, facts)] : [];
      }),
    }))
    .filter(({ points }) => points.length > 1);
}

function pointOf(run: string, { summary, log, loads }: ScenarioFacts): TrendPoint {
  const { successes, finished, rate, ci95 } = successOf(summary);
  const { count, min, med, max, "p(95)": p95 } = summary.metrics.connect_time;
  const quartile = (p: number) => (log ? quantileOf(log.times.connect_time, p) : null);
  return {
    run,
    status: summary.status,
    // A grid's calls are no samples of one thing.
    success: summary.cells
      ? { successes: 0, finished: 0, rate: null, ci95: null }
      : { successes, finished, rate, ci95 },
    connectTime: { count, min, p25: quartile(0.25), med, p75: quartile(0.75), p95, max },
    servers: Object.fromEntries(
      Object.entries(loads).map(([server, { cpuMsPerCall, memoryMaxBytes }]) => [
        server,
        { cpuMsPerCall, memoryMaxBytes },
      ]),
    ),
  };
}
