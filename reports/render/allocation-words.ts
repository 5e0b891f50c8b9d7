import type { AllocationSummary, ScenarioSummary } from "../../lab/model/summary.ts";
import {
  formatCount,
  formatCpu,
  formatDuration,
  formatMebibytes,
  formatMegabits,
  formatRatio,
  plural,
} from "./format.ts";

/** At so much of a core a worker may be what binds: it has to share it with the kernel's work for its own packets. */
const BUSY_WORKER_PERCENT = 90;
/** Half of the time without a core makes packets late by more than a server does. */
const LONG_WAIT_PERCENT = 50;

type Said = { isWarning: boolean; text: string };

/** What a load of raw TURN clients came to, a sentence each; empty where the scenario is none, or nothing was measured. */
export function describeAllocations(scenario: ScenarioSummary): Said[] {
  const { allocations } = scenario;
  if (!allocations || allocations.mostHeld === null) return [];
  const said = [heldWords(allocations), packetWords(allocations), generatorWords(allocations)];
  const { failures, losses, interrupted } = allocations;
  const warned = [
    countWords("came to nothing", failures),
    countWords("lost while held", losses),
    ...unproducedWords(scenario, allocations),
  ];
  return [
    ...said.map((text) => ({ isWarning: false, text })),
    ...(interrupted > 0
      ? [{ isWarning: false, text: `${plural(interrupted, "iteration")} told to leave before the planned end` }]
      : []),
    ...warned.map((text) => ({ isWarning: true, text })),
  ].filter(({ text }) => text !== "");
}

/** Load that was asked for and not produced, and other signs that what was measured is the generator; as warnings. */
function unproducedWords({ droppedIterations }: ScenarioSummary, allocations: AllocationSummary): string[] {
  const { started, packets, generator } = allocations;
  const due = packets.sent + packets.skipped;
  const { busiestWorkerPercent, workerWaitPercent, receiveBufferErrors } = generator;
  const busiest = busiestWorkerPercent.max ?? 0;
  const waited = workerWaitPercent.max ?? 0;
  return [
    packets.skipped > 0
      ? `load not produced: ${packets.skipped} of ${plural(due, "packet")} (${formatRatio(packets.skipped / due)}) not sent within 20 ms of when they were due, because the generator was busy`
      : "",
    droppedIterations > 0
      ? `load not produced: ${droppedIterations} of ${plural(started + droppedIterations, "iteration")} (${formatRatio(droppedIterations / (started + droppedIterations))}) not begun, because no VU was free`
      : "",
    busiest >= BUSY_WORKER_PERCENT
      ? `the generator's busiest worker was at ${formatCpu(busiest)}, its limit: times and losses may be its own`
      : "",
    busiest < BUSY_WORKER_PERCENT && waited >= LONG_WAIT_PERCENT
      ? `a worker of the generator had work and no core for up to ${formatRatio(waited / 100)} of the time: others had this machine, and times and losses may be theirs`
      : "",
    receiveBufferErrors
      ? `${plural(receiveBufferErrors, "packet")} found no room in the generator's own sockets: lost there, not in the server`
      : "",
  ];
}

function heldWords({ mostHeld, arrival }: AllocationSummary): string {
  const rate =
    arrival === null
      ? ""
      : `; ${arrival.allocated} came to it within ${formatDuration(arrival.durationMs)}, ${formatCount((arrival.allocated * 1_000) / arrival.durationMs)} a second`;
  return `${mostHeld} held at once at the most${rate}`;
}

function packetWords({ packets, sentPerSecond, bitsPerSecond }: AllocationSummary): string {
  const { sent, received, lost } = packets;
  if (sent === 0) return "";
  const rate = `at most ${formatCount(sentPerSecond.max)} packets/s and ${formatMegabits(bitsPerSecond.max)} Mbit/s of data each way`;
  return `${plural(sent, "packet")} sent, ${received} came back, ${lost} did not; ${rate}`;
}

function generatorWords({ generator: { cpuPercent, busiestWorkerPercent, memoryBytes } }: AllocationSummary): string {
  return `the clients' process took at most ${formatCpu(cpuPercent.max)} of a core and ${formatMebibytes(memoryBytes.max)}, its busiest worker was at most at ${formatCpu(busiestWorkerPercent.max)}`;
}

function countWords(what: string, counts: Readonly<Record<string, number>>): string {
  const all = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return all.length === 0 ? "" : `${what}: ${all.map(([code, count]) => `${count} × ${code}`).join(", ")}`;
}
