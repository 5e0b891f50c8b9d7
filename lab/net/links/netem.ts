import { type LinkConditions, queueMsOf } from "../../model/link.ts";

/** Packets that may be under way at once: beyond any rate a lab carries, so that this limit never drops one. */
const PACKETS_UNDER_WAY = 200_000;
/**
 * netem keeps the order of packets only where it has a rate as well (sch_netem.c, netem_enqueue), and a rate or a child
 * that a later command does not name stays as it was: both are always given.
 */
const UNLIMITED = "100gbit";
const UNLIMITED_BURST_BYTES = 10_000_000;
/** tbf takes no frame that is longer than its burst (tc-tbf(8)); a millisecond's worth lets its timer be late. */
const MIN_BURST_BYTES = 1_600;
const BURST_MS = 1;

/**
 * Arguments of `tc`, command by command, that give a device's egress these conditions, in place of those it had and
 * without losing what is under way. netem loses and delays; a token bucket below it has the rate and the bounded queue,
 * because netem's own queue is bounded in packets and not in time.
 */
export function netemCommands(device: string, conditions: LinkConditions): string[][] {
  const { latencyMs = 0, jitterMs = 0, loss = 0, rateKbps } = conditions;
  const queueMs = queueMsOf(conditions);
  const netem = ["limit", String(PACKETS_UNDER_WAY), "delay", micros(latencyMs), micros(jitterMs)];
  if (loss > 0) netem.push("loss", "random", `${round(loss * 100)}%`);
  netem.push("rate", UNLIMITED);
  const tbf =
    rateKbps === undefined
      ? ["rate", UNLIMITED, "burst", String(UNLIMITED_BURST_BYTES), "latency", micros(queueMs)]
      : [
          "rate",
          `${Math.round(rateKbps * 1000)}bit`,
          "burst",
          String(burstBytes(rateKbps)),
          "latency",
          micros(queueMs),
        ];
  return [
    ["qdisc", "replace", "dev", device, "root", "handle", "1:", "netem", ...netem],
    ["qdisc", "replace", "dev", device, "parent", "1:", "handle", "10:", "tbf", ...tbf],
  ];
}

const burstBytes = (rateKbps: number) => Math.max(MIN_BURST_BYTES, Math.ceil((rateKbps * BURST_MS) / 8));
const round = (value: number) => String(Number(value.toFixed(6)));
const micros = (ms: number) => `${Math.round(ms * 1000)}us`;
