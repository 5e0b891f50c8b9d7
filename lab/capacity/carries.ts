import type { CapacityCall, CapacityLimits, CapacityStep } from "../model/capacity.ts";
import type { SearchAsk, StepVerdict } from "../model/capacity-search.ts";

/** Of all packets that were due: above it the generator did not make the load. */
const MOST_SKIPPED = 0.01;
/** Of a core: a worker or a far peer above it is late whatever the server does; so is a worker that waits for one as long as that. */
const BUSY_PERCENT = 90;
/** Of the whole machine: with less everybody waits for everybody. */
const LEAST_IDLE_PERCENT = 5;
/** Of quota periods. */
const HELD_BACK = 0.5;
/** With so much of a core to spare a generator over TCP skips because the server takes nothing more. */
const SPARE_PERCENT = 70;

/**
 * Whether a load was carried within its limits, with all reasons why not; or whether the step says nothing about the server. A load that was
 * made, and carried, was so however busy the lab was: only a failure may be the lab's.
 */
export function judgeStep(step: CapacityStep, { limits, call }: Pick<SearchAsk, "limits" | "call">): StepVerdict {
  const reasons = [...brokenLimits(step, limits), ...backpressure(step, call.over)];
  // A server that is gone, or that refuses, has said so itself.
  if (!step.server.isAlive || refused(step) > step.calls * (1 - limits.successRate)) {
    return { verdict: "not_carried", reasons };
  }
  const missing = missingLoad(step, call);
  if (reasons.length === 0 && missing.length === 0) return { verdict: "carried", reasons };
  // With less than was asked for it failed by its own quota: with all of it it had failed too.
  const isHeldBack = reasons.length > 0 && (step.server.throttledShare ?? 0) >= HELD_BACK && step.packetsSent > 0;
  const lab = [...(isHeldBack ? [] : missing), ...busyLab(step), ...lossOfLab(step, limits)];
  return lab.length > 0
    ? { verdict: "no_verdict", reasons: [...lab, ...reasons] }
    : { verdict: "not_carried", reasons };
}

/** Why the lab itself did not make the load, was too busy to tell, or lost packets; empty where it did none of it. */
export function generatorReasons(step: CapacityStep, { limits, call }: Pick<SearchAsk, "limits" | "call">): string[] {
  return [...missingLoad(step, call), ...busyLab(step), ...lossOfLab(step, limits)];
}

/** Load that was asked for and not made. */
function missingLoad(step: CapacityStep, { over, streams }: CapacityCall): string[] {
  const skipped = skippedShare(step);
  const isDue = streams.some(({ packetsPerSecond }) => packetsPerSecond > 0);
  return [
    ...(skipped > MOST_SKIPPED && backpressure(step, over).length === 0
      ? [`the generator did not send ${percent(skipped)} of its packets in time`]
      : []),
    ...(isDue && step.packetsSent === 0 && step.held > 0 ? ["the generator sent no packet"] : []),
  ];
}

function busyLab({ generator, farPeer, machineIdlePercent: idle, server }: CapacityStep): string[] {
  const busy = (who: string, percentOfCore: number) =>
    percentOfCore > BUSY_PERCENT ? [`${who} was at ${percentOfCore.toFixed(0)} % of a core`] : [];
  // A server that its own quota holds back has had its CPU, whoever else wanted some.
  const isHeldBack = (server.throttledShare ?? 0) >= HELD_BACK;
  return [
    ...busy("a worker of the generator", generator.busiestWorkerPercent),
    ...waitingWords(generator),
    ...busy("the far peer", farPeer?.cpuPercent ?? 0),
    ...(idle !== null && idle < LEAST_IDLE_PERCENT && !isHeldBack
      ? [`the machine had ${idle.toFixed(1)} % of its CPU left`]
      : []),
  ];
}

/** It had not been at its limit, had there been a core for it: that is the machine's doing. Older logs do not say how long it waited. */
function waitingWords({ busiestWorkerPercent: cpu, workerWaitPercent: wait = 0 }: CapacityStep["generator"]): string[] {
  if (cpu > BUSY_PERCENT || cpu + wait <= BUSY_PERCENT) return [];
  return [
    `the machine was taken by others: a worker of the generator was at ${cpu.toFixed(0)} % of a core, and waited for one ${wait.toFixed(0)} % of the time`,
  ];
}

function lossOfLab(step: CapacityStep, { packetLoss }: CapacityLimits): string[] {
  const most = packetLoss * step.packetsSent;
  const lost = lostByLab(step);
  if (step.packetsLost <= most || step.packetsLost - lost > most) return [];
  return [`the lab's own sockets had no room for ${lost} of ${step.packetsLost} lost packets`];
}

/** Packets that had come as far as the generator or the far peer, and were dropped there for want of room. */
export function lostByLab({ generator, farPeer, packetsLost }: CapacityStep): number {
  return Math.min(packetsLost, generator.receiveBufferErrors + (farPeer?.udpReceiveBufferErrors ?? 0));
}

/** Allocations that the server refused, with a number. */
export function refused({ failures }: CapacityStep): number {
  return Object.entries(failures).reduce((sum, [code, count]) => sum + (/^turn_(486|508)/.test(code) ? count : 0), 0);
}

function brokenLimits(step: CapacityStep, limits: CapacityLimits): string[] {
  const { calls, held, started, connected, packetsSent, packetsLost, server } = step;
  const failed = Math.min(calls, Math.max(calls - held, started - connected, 0));
  const success = calls === 0 ? 1 : 1 - failed / calls;
  const loss = packetsSent === 0 ? 0 : packetsLost / packetsSent;
  const connect = step.connectTime["p(95)"];
  const roundTrip = step.roundTrip["p(95)"];
  return [
    ...(server.isAlive ? [] : [server.isOutOfMemory ? "the server was ended for its memory" : "the server died"]),
    ...(success < limits.successRate
      ? [
          `success ${percent(success)}, below ${percent(limits.successRate)}: ${failed} of ${calls} calls failed${describeFailures(step)}`,
        ]
      : []),
    ...over("connect time p(95)", connect, limits.connectTimeP95Ms),
    ...(loss > limits.packetLoss ? [`packet loss ${percent(loss)}, above ${percent(limits.packetLoss)}`] : []),
    ...over("round trip p(95)", roundTrip, limits.roundTripP95Ms),
  ];
}

function over(name: string, value: number | null, limitMs: number): string[] {
  if (value === null || value <= limitMs) return [];
  // Not rounded to what would hold.
  const shown = value < 100 ? value.toFixed(1) : Math.ceil(value);
  return [`${name} ${shown} ms, above ${limitMs} ms`];
}

/** TCP waits where the other side does not read: then what was not sent in time is the server's doing. */
function backpressure(step: CapacityStep, transport: SearchAsk["call"]["over"]): string[] {
  const { generator, machineIdlePercent: idle } = step;
  const { busiestWorkerPercent, workerWaitPercent } = generator;
  const hasRoom =
    busiestWorkerPercent + workerWaitPercent < SPARE_PERCENT && (idle === null || idle > 2 * LEAST_IDLE_PERCENT);
  const skipped = skippedShare(step);
  if (transport === "udp" || !hasRoom || skipped <= MOST_SKIPPED) return [];
  return [`the server was slow to read: ${percent(skipped)} of packets could not be sent in time`];
}

function skippedShare({ packetsSent, packetsSkipped }: CapacityStep): number {
  const due = packetsSent + packetsSkipped;
  return due === 0 ? 0 : packetsSkipped / due;
}

function describeFailures({ failures }: CapacityStep): string {
  const codes = Object.entries(failures)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([code, count]) => `${count} × ${code}`);
  return codes.length === 0 ? "" : ` (${codes.join(", ")})`;
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
