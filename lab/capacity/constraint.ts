import type { CapacityStep } from "../model/capacity.ts";
import type { ConstraintFinding, SearchAsk, SearchEnd } from "../model/capacity-search.ts";
import { generatorReasons, judgeStep } from "./carries.ts";
import { packetLosses } from "./packet-losses.ts";
import { capacityRefusals } from "./refusals.ts";
import { serverLimits } from "./server-limits.ts";

/** Below it something was only noticed. */
const LEAST_WEIGHT = 0.2;

/**
 * What bound around the knee, out of the load just above it, most telling first; empty where nothing that is looked at was at its limit.
 * Where the lab bound, `generator` alone: of the server nothing is known then. Pure.
 */
export function nameConstraint(
  ask: SearchAsk,
  steps: readonly CapacityStep[],
  end: SearchEnd,
  machineCpus: number | null = null,
): ConstraintFinding[] {
  if (end.reason === "generator") return [generatorFinding(ask, steps)];
  if (end.reason === "never_failed") {
    const evidence = `${ask.most.calls} calls were carried, and the lab can make no more: ${ask.most.reason}`;
    return [{ constraint: "generator", weight: 1, evidence }];
  }
  const failing = stepsAbove(ask, steps, end);
  const findings = failing.flatMap((step) => [
    ...deaths(step),
    ...capacityRefusals(step, ask),
    ...serverLimits(step, ask, machineCpus),
    ...packetLosses(step, ask),
  ]);
  return strongest(findings).filter(({ weight }) => weight >= LEAST_WEIGHT);
}

/** The repetitions of the lowest load that was not carried; without one, the lowest that failed at all. */
function stepsAbove(ask: SearchAsk, steps: readonly CapacityStep[], end: SearchEnd): CapacityStep[] {
  const failed = steps.filter((step) => judgeStep(step, ask).verdict === "not_carried");
  const lowest = end.notCarried ?? Math.min(...failed.map(({ calls }) => calls));
  return failed.filter(({ calls }) => calls === lowest);
}

/** Of the lowest load that the lab did not make. */
function generatorFinding(ask: SearchAsk, steps: readonly CapacityStep[]): ConstraintFinding {
  const idle = steps.filter((step) => judgeStep(step, ask).verdict === "no_verdict");
  const [lowest] = idle.toSorted((a, b) => a.calls - b.calls);
  const reasons = lowest ? generatorReasons(lowest, ask).join("; ") : "it did not make the load";
  const evidence = `with ${lowest?.calls ?? 0} calls ${reasons}`;
  return { constraint: "generator", weight: 1, evidence };
}

function deaths({ calls, server }: CapacityStep): ConstraintFinding[] {
  if (server.isAlive) return [];
  return server.isOutOfMemory
    ? [{ constraint: "memory", weight: 1, evidence: `the kernel ended the server for its memory under ${calls} calls` }]
    : [{ constraint: "server-died", weight: 1, evidence: `the server died under ${calls} calls` }];
}

/** Of each constraint what speaks most for it, over all repetitions. */
function strongest(findings: readonly ConstraintFinding[]): ConstraintFinding[] {
  const byConstraint = Map.groupBy(findings, ({ constraint }) => constraint);
  const best = [...byConstraint.values()].flatMap((own) => own.toSorted((a, b) => b.weight - a.weight).slice(0, 1));
  return best.sort((a, b) => b.weight - a.weight);
}
