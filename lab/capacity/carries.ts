import type { CapacityStep } from "../model/capacity.ts";
import type { SearchAsk, StepVerdict } from "../model/capacity-search.ts";

/** Of all packets that were due: above it the generator did not make the load. */
export const MOST_SKIPPED = 0.01;
/** Of a core: a worker above it is late whatever the server does. */
export const BUSY_WORKER_PERCENT = 90;
/** Of the whole machine: below it everybody waits for everybody. */
export const LEAST_IDLE_PERCENT = 5;

/** Whether a load was carried within its limits, with all reasons why not; or whether the step says nothing about the server. */
export function judgeStep(step: CapacityStep, { limits }: Pick<SearchAsk, "limits" | "call">): StepVerdict {
  const lab = generatorReasons(step);
  const reasons = brokenLimits(step, limits);
  if (lab.length > 0) return { verdict: "no_verdict", reasons: [...lab, ...reasons] };
  return { verdict: reasons.length > 0 ? "not_carried" : "carried", reasons };
}

/** Why the lab itself did not make the load. */
export function generatorReasons(step: CapacityStep): string[] {
  const due = step.packetsSent + step.packetsSkipped;
  const skipped = due === 0 ? 0 : step.packetsSkipped / due;
  const { busiestWorkerPercent } = step.generator;
  const idle = step.machineIdlePercent;
  return [
    ...(skipped > MOST_SKIPPED ? [`the generator skipped ${percent(skipped)} of its packets`] : []),
    ...(busiestWorkerPercent > BUSY_WORKER_PERCENT
      ? [`a worker of the generator was at ${busiestWorkerPercent.toFixed(0)} % of a core`]
      : []),
    ...(idle !== null && idle < LEAST_IDLE_PERCENT ? [`the machine had ${idle.toFixed(0)} % of its CPU left`] : []),
  ];
}

function brokenLimits(step: CapacityStep, limits: SearchAsk["limits"]): string[] {
  const missing = Math.max(0, step.calls - step.held);
  const success = step.calls === 0 ? 1 : 1 - missing / step.calls;
  const loss = step.packetsSent === 0 ? null : step.packetsLost / step.packetsSent;
  const connect = step.connectTime["p(95)"];
  const roundTrip = step.roundTrip["p(95)"];
  return [
    ...(step.server.isAlive ? [] : ["the server died"]),
    ...(success < limits.successRate ? [`${step.held} of ${step.calls} calls stood`] : []),
    ...(connect !== null && connect > limits.connectTimeP95Ms ? [`connect time p(95) ${connect.toFixed(0)} ms`] : []),
    ...(loss !== null && loss > limits.packetLoss ? [`${percent(loss)} of packets lost`] : []),
    ...(roundTrip !== null && roundTrip > limits.roundTripP95Ms ? [`round trip p(95) ${roundTrip.toFixed(0)} ms`] : []),
  ];
}

const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
