import { type AskedLink, type MeasuredLink, queueMsOf, sendingMs } from "../../model/link.ts";
import { ETHERNET_HEADER_BYTES, overloadMs, type Phase, type Purpose } from "../../model/wire-test-plan.ts";

/** What became of one phase, as docker/fabric/wire-test.c prints it. */
export type PhaseResult = {
  direction: "up" | "down";
  sent: number;
  /** Frames that the sending interface itself did not take. */
  refused: number;
  received: number;
  reordered: number;
  firstAtUs: number;
  lastAtUs: number;
  delaysUs: number[];
};

export type TestedPhase = Phase & { result: PhaseResult };

/** A wake-up on a busy machine may be late by so much; more in the median is not the machine's noise any more. */
const LATE_MS = 1;
/** Frames that leave early by less than this left together with one that was due (docker/fabric/delay-line.c). */
const EARLY_MS = 0.2;
const LATENCY_SHARE = 0.02;
/** A right wire is called wrong less than once in 100,000 measurements: so many standard deviations. */
const DEVIATIONS = 4.5;
const FALSE_ALARM = 1e-5;
const RATE_SHARE = 0.03;
const QUEUE_SHARE = 0.1;
const QUEUE_MS = 2;
/** Fewer frames than this say nothing about a rate. */
const LEAST_RATE_FRAMES = 8;

/** Holds one direction of a measured wire against what was asked for. Mismatches in plain words; none: it is so. */
export function judgeLink(
  asked: AskedLink,
  phases: readonly TestedPhase[],
): { got: MeasuredLink; mismatches: string[] } {
  const of = (purpose: Purpose) => phases.find((phase) => phase.purpose === purpose);
  const mismatches: string[] = [];
  const got: MeasuredLink = {
    latencyMs: latency(asked, of("latency"), mismatches),
    loss: loss(asked, [of("latency"), of("loss")], mismatches),
    rateKbps: rate(asked, of("rate"), mismatches),
    queueMs: queue(asked, of("rate"), mismatches),
    mtu: mtu(asked, of("fitting"), of("too-long"), mismatches),
    packets: phases.reduce((sum, { result }) => sum + result.sent + result.refused, 0),
  };
  const reordered = phases.reduce((sum, { result }) => sum + result.reordered, 0);
  if (reordered > 0) mismatches.push(`order: ${reordered} packets came after a later one`);
  return { got, mismatches };
}

function latency(asked: AskedLink, phase: TestedPhase | undefined, mismatches: string[]): MeasuredLink["latencyMs"] {
  if (!phase || phase.result.received === 0) {
    if (asked.loss !== 1) mismatches.push("latency: no packet arrived");
    return null;
  }
  const delays = sortedMs(phase);
  const [min = 0, med = 0, max = 0] = [0, 0.5, 1].map((share) => quantile(delays, share));
  const { jitterMs = 0 } = asked;
  // A frame's own bits are sent after it was handed over: they are part of what is measured.
  const want = (asked.latencyMs ?? 0) + sendingMs(phase.frameBytes, asked.rateKbps);
  const tolerance = LATE_MS + LATENCY_SHARE * want + (DEVIATIONS * jitterMs) / Math.sqrt(delays.length);
  if (Math.abs(med - want) > tolerance)
    mismatches.push(`latency: expected ${ms(want)} within ${ms(tolerance)}, median was ${ms(med)}`);
  if (min < want - jitterMs - EARLY_MS)
    mismatches.push(`latency: expected at least ${ms(want - jitterMs)}, one packet took ${ms(min)}`);
  if (jitterMs > 0) {
    const least = 2 * jitterMs * leastSpread(delays.length);
    if (max - min < least)
      mismatches.push(
        `jitter: expected ±${ms(jitterMs)}, all of ${delays.length} packets came within ${ms(max - min)}`,
      );
    const middle = quantile(delays, 0.9) - quantile(delays, 0.1);
    if (middle > 2 * jitterMs + LATE_MS)
      mismatches.push(`jitter: expected ±${ms(jitterMs)}, four fifths of the packets spread over ${ms(middle)}`);
  }
  return { med, min, max };
}

function loss(
  { loss: want = 0 }: AskedLink,
  phases: readonly (TestedPhase | undefined)[],
  mismatches: string[],
): number | null {
  const results = phases.flatMap((phase) => (phase ? [phase.result] : []));
  const sent = results.reduce((sum, result) => sum + result.sent, 0);
  const lost = sent - results.reduce((sum, result) => sum + result.received, 0);
  if (sent === 0) return null;
  const tolerance = DEVIATIONS * Math.sqrt(sent * want * (1 - want)) + (want > 0 && want < 1 ? 2 : 0);
  if (Math.abs(lost - want * sent) > tolerance)
    mismatches.push(`loss: expected ${percent(want)} within ${percent(tolerance / sent)}, lost ${lost} of ${sent}`);
  return want > 0 || lost > 0 ? lost / sent : null;
}

function rate(asked: AskedLink, phase: TestedPhase | undefined, mismatches: string[]): number | null {
  if (asked.rateKbps === undefined || !phase) return null;
  const { received, firstAtUs, lastAtUs } = phase.result;
  if (received < LEAST_RATE_FRAMES) {
    mismatches.push(`rate: only ${received} packets arrived`);
    return null;
  }
  const spanMs = (lastAtUs - firstAtUs) / 1_000;
  const got = ((received - 1) * phase.frameBytes * 8) / spanMs;
  // Jitter moves the first and the last arrival.
  const tolerance = RATE_SHARE + (2 * (asked.jitterMs ?? 0)) / spanMs;
  if (Math.abs(got / asked.rateKbps - 1) > tolerance)
    mismatches.push(
      `rate: expected ${asked.rateKbps} kbit/s within ${percent(tolerance)}, got ${Math.round(got)} kbit/s`,
    );
  return got;
}

/** With more sent than passes the queue is full most of the time: nine tenths of the delays show how long it is. */
function queue(asked: AskedLink, phase: TestedPhase | undefined, mismatches: string[]): number | null {
  if (asked.rateKbps === undefined || !phase || phase.result.received < LEAST_RATE_FRAMES) return null;
  const { latencyMs = 0, jitterMs = 0 } = asked;
  const want = queueMsOf(asked);
  // Of a very fast wire too little is sent for its queue to fill: how long it is stays unknown.
  if (overloadMs(phase, asked) < 1.5 * want) return null;
  const frameMs = sendingMs(phase.frameBytes, asked.rateKbps);
  const got = Math.max(0, quantile(sortedMs(phase), 0.9) - latencyMs - frameMs);
  const tolerance = QUEUE_MS + QUEUE_SHARE * want + 2 * frameMs + 2 * jitterMs;
  if (Math.abs(got - want) > tolerance)
    mismatches.push(`queue: expected ${ms(want)} within ${ms(tolerance)}, packets waited ${ms(got)}`);
  return got;
}

function mtu(
  { mtu: want }: AskedLink,
  fitting: TestedPhase | undefined,
  tooLong: TestedPhase | undefined,
  mismatches: string[],
): number | null {
  if (want === undefined || !fitting || !tooLong) return null;
  if (tooLong.result.received > 0) {
    const packetBytes = tooLong.frameBytes - ETHERNET_HEADER_BYTES;
    mismatches.push(`MTU: expected ${want}, a packet of ${packetBytes} bytes arrived`);
    return packetBytes;
  }
  if (fitting.result.received > 0) return want;
  mismatches.push(`MTU: expected ${want}, no packet of ${want} bytes arrived`);
  return null;
}

/**
 * The share of their range below which so many even draws lie all together only once in 1/FALSE_ALARM: the spread of n
 * draws is below r with probability n r^(n-1) - (n-1) r^n.
 */
export function leastSpread(draws: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step++) {
    const share = (low + high) / 2;
    const probability = draws * share ** (draws - 1) - (draws - 1) * share ** draws;
    if (probability < FALSE_ALARM) low = share;
    else high = share;
  }
  return low;
}

const sortedMs = ({ result }: TestedPhase) => result.delaysUs.map((us) => us / 1_000).sort((a, b) => a - b);

/** Linear between neighbours, as in `reports`. */
function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const [below = 0, above = below] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return below + (above - below) * (at - Math.floor(at));
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`;
