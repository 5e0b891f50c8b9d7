import { type LinkConditions, queueMsOf, sendingMs } from "./link.ts";

/** What a series of frames is to show. `too-long` are larger than the MTU by a little, `fitting` just as large. */
export type Purpose = "latency" | "loss" | "fitting" | "too-long" | "rate";

/** Frames of one size at one pace; see docker/fabric/wire-test.c. */
export type Phase = { purpose: Purpose; packets: number; intervalUs: number; frameBytes: number };

export const ETHERNET_HEADER_BYTES = 14;
const SMALL_FRAME_BYTES = 60;
const LARGE_FRAME_BYTES = 1_514;
/** A veth takes frames up to a VLAN tag larger than its MTU (net/core/dev.c, __is_skb_forwardable). */
const TOO_LONG_BY = 8;

const LATENCY_PACKETS = 25;
const JITTER_PACKETS = { min: 15, max: 41 };
const LATENCY_MS = 1_500;
/** At least so far apart that one late wake-up does not spoil several. */
const LATENCY_INTERVAL_MS = 2;
/** Enough that 5 % are told from 3.5 or 6.5; for rarer loss twice as many. Where the rate allows it, in this time. */
const LOSS_PACKETS = { frequent: 2_000, rare: 4_000, atLeast: 50 };
const FREQUENT = 0.02;
const LOSS_INTERVAL_US = 150;
const LOSS_MS = 1_000;
/** Of frames that may be lost, so many copies that losing all is one chance in a million. */
const ALL_LOST = 1e-6;
const COPIES = { min: 3, max: 40 };
/** The transmitter must be busy: more is sent than passes, for a time in which its queue fills. */
const RATE_MS = 400;
const OVERLOAD = 2;
const RATE_FRAMES = { min: 20, max: 6_000 };
/** Above this nearly nothing arrives: what needs many frames at the far end is not measured. */
const MEASURABLE_LOSS = 0.7;

/** What to send over one direction of a wire to see whether it has these conditions; about a second's worth. */
export function planWireTest(conditions: LinkConditions, mtu?: number): Phase[] {
  const { loss = 0, rateKbps } = conditions;
  const phases = [latencyPhase(conditions)];
  if (loss > 0) phases.push(lossPhase(loss, rateKbps));
  if (loss > MEASURABLE_LOSS) return phases;
  if (mtu !== undefined) phases.push(...mtuPhases(mtu, loss, rateKbps));
  if (rateKbps !== undefined) phases.push(ratePhase(rateKbps, conditions, mtu));
  return phases;
}

/** The longest that a test of one direction may take. */
export const MAX_WIRE_TEST_MS = 20_000;
/** What a frame may take beyond its conditions before it is taken for lost. */
const STRAGGLER_MS = 200;

/** How long after the last frame is sent all that will arrive have arrived, in ms. */
export function lastArrivalMs({ latencyMs = 0, jitterMs = 0, ...rest }: LinkConditions): number {
  return latencyMs + jitterMs + (rest.rateKbps === undefined ? 0 : queueMsOf(rest)) + STRAGGLER_MS;
}

/** How long the test of a direction takes, in ms. */
export function wireTestMs(conditions: LinkConditions, mtu?: number): number {
  const sending = planWireTest(conditions, mtu).map(({ packets, intervalUs }) => (packets * intervalUs) / 1_000);
  return sending.reduce((sum, phaseMs) => sum + phaseMs, 0) + lastArrivalMs(conditions);
}

/** How much longer the transmitter is busy with what a phase sends than the phase lasts: as long a queue would fill. */
export const overloadMs = ({ packets, intervalUs, frameBytes }: Phase, { rateKbps, loss = 0 }: LinkConditions) =>
  packets * (sendingMs(frameBytes, rateKbps) * (1 - loss) - intervalUs / 1_000);

/** A pace that keeps the transmitter half idle, so that nothing queues. */
const idlePaceUs = (frameBytes: number, rateKbps: number | undefined) => 2_000 * sendingMs(frameBytes, rateKbps);

/** With jitter far enough apart that no frame waits for its predecessor: then delays are as evenly spread as asked. */
function latencyPhase({ jitterMs = 0, rateKbps }: LinkConditions): Phase {
  const intervalUs = Math.max(1_000 * LATENCY_INTERVAL_MS, 2_000 * jitterMs, idlePaceUs(SMALL_FRAME_BYTES, rateKbps));
  const fitting = Math.floor((1_000 * LATENCY_MS) / intervalUs);
  const packets =
    jitterMs > 0
      ? Math.min(JITTER_PACKETS.max, Math.max(JITTER_PACKETS.min, fitting))
      : Math.min(LATENCY_PACKETS, Math.max(JITTER_PACKETS.min, fitting));
  return { purpose: "latency", packets, intervalUs, frameBytes: SMALL_FRAME_BYTES };
}

function lossPhase(loss: number, rateKbps: number | undefined): Phase {
  const intervalUs = Math.max(LOSS_INTERVAL_US, idlePaceUs(SMALL_FRAME_BYTES, rateKbps));
  const wanted = loss >= FREQUENT ? LOSS_PACKETS.frequent : LOSS_PACKETS.rare;
  const packets = Math.max(LOSS_PACKETS.atLeast, Math.min(wanted, Math.floor((1_000 * LOSS_MS) / intervalUs)));
  return { purpose: "loss", packets, intervalUs, frameBytes: SMALL_FRAME_BYTES };
}

function mtuPhases(mtu: number, loss: number, rateKbps: number | undefined): Phase[] {
  const copies = loss === 0 ? COPIES.min : Math.min(COPIES.max, Math.ceil(Math.log(ALL_LOST) / Math.log(loss)));
  const phase = (purpose: Purpose, packetBytes: number): Phase => {
    const frameBytes = packetBytes + ETHERNET_HEADER_BYTES;
    const intervalUs = Math.max(1_000, idlePaceUs(frameBytes, rateKbps));
    return { purpose, packets: Math.max(COPIES.min, copies), intervalUs, frameBytes };
  };
  return [phase("fitting", mtu), phase("too-long", mtu + TOO_LONG_BY)];
}

function ratePhase(rateKbps: number, { loss = 0, queueMs }: LinkConditions, mtu?: number): Phase {
  const durationMs = Math.max(RATE_MS, 3 * queueMsOf({ rateKbps, queueMs }));
  const largest = mtu === undefined ? LARGE_FRAME_BYTES : mtu + ETHERNET_HEADER_BYTES;
  const evenly = Math.floor((rateKbps * durationMs) / 8 / RATE_FRAMES.min);
  const frameBytes = Math.min(largest, Math.max(SMALL_FRAME_BYTES, evenly));
  const intervalMs = (sendingMs(frameBytes, rateKbps) * (1 - loss)) / OVERLOAD;
  const packets = Math.min(RATE_FRAMES.max, Math.ceil(durationMs / intervalMs));
  return { purpose: "rate", packets, intervalUs: 1_000 * intervalMs, frameBytes };
}
