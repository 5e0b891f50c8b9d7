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
  if (end.reason === "generator") return [generatorFinding(ask, steps, end, machineCpus)];
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

/** Of the machine, in per cent: more than this was busy with something else than what is measured. */
const OTHERS_PERCENT = 20;

/** Of the lowest load above what was carried. */
function generatorFinding(
  ask: SearchAsk,
  steps: readonly CapacityStep[],
  { carried }: SearchEnd,
  machineCpus: number | null,
): ConstraintFinding {
  const silent = steps.filter((step) => step.calls > (carried ?? 0) && judgeStep(step, ask).verdict === "no_verdict");
  const [lowest] = silent.toSorted((a, b) => a.calls - b.calls);
  if (!lowest) return { constraint: "generator", weight: 1, evidence: "the generator did not make the load" };
  const reasons = [...generatorReasons(lowest, ask), ...othersOf(lowest, machineCpus)].join("; ");
  return { constraint: "generator", weight: 1, evidence: `with ${lowest.calls} calls ${reasons}` };
}

/** What ran beside the lab, where that was much of the machine: its load is not this run's. */
function othersOf(
  { machineIdlePercent: idle, server, generator, farPeer }: CapacityStep,
  machineCpus: number | null,
): string[] {
  if (idle === null || machineCpus === null || server.cpuPercent === null) return [];
  const own = (server.cpuPercent + generator.cpuPercent + (farPeer?.cpuPercent ?? 0)) / machineCpus;
  const others = 100 - idle - own;
  if (others < OTHERS_PERCENT) return [];
  return [
    `server, generator and far peer used ${own.toFixed(0)} % of the machine, the kernel's forwarding and other programs ${others.toFixed(0)} %`,
  ];
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
