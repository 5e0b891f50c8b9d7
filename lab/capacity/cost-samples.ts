import type { CapacityStep } from "../model/capacity.ts";
import type { CostTerm } from "../model/capacity-model.ts";
import type { SearchAsk } from "../model/capacity-search.ts";
import { allocationsPerCall, hopsPerPacket, meanPacketBytes } from "./call-load.ts";

/** CPU that a server used in a stretch of time, and what it did for it. Rates are per second. */
export type CostSample = { cpuMs: number } & Record<CostTerm, number>;

/** Of quota periods. */
const FULL = 0.6;

/** Of packets: with more lost, what was received and what was sent on are two different things. */
const MOST_LOST = 0.02;

/** What a step says of costs: of the load as it stood, and of the stretch in which calls came. */
export function costSamples(step: CapacityStep, { call, limits }: Pick<SearchAsk, "call" | "limits">): CostSample[] {
  const { server, arrival, held, durationMs, packetsSent, packetsLost } = step;
  const passes = hopsPerPacket(call.relayed);
  const megabits = ((meanPacketBytes(call.streams) ?? 0) * 8) / 1e6;
  const sample = (cpuPercent: number | null, ms: number, packets: number, allocations: number, made: number) => {
    if (cpuPercent === null || ms <= 0) return [];
    const hop = (packets * passes * 1000) / ms;
    const setup = (made * 1000) / ms;
    return [{ cpuMs: cpuPercent * 10, base: 1, allocation: allocations, setup, hop, megabit: hop * megabits }];
  };
  if (!server.isAlive || packetsLost > packetsSent * MOST_LOST) return [];
  // What stands in the buffers of a connection was sent, and not served yet.
  if (call.over !== "udp" && (step.roundTrip["p(95)"] ?? 0) > limits.roundTripP95Ms) return [];
  const allocations = held * allocationsPerCall(call.relayed);
  return [
    ...sample(server.cpuPercent, durationMs, packetsSent - packetsLost / 2, allocations, 0),
    ...(arrival
      ? sample(
          arrival.serverCpuPercent,
          arrival.durationMs,
          arrival.packetsSent,
          arrival.allocationsHeld,
          arrival.allocated,
        )
      : []),
  ];
}

/**
 * Whether the server had CPU to spare in a step. Where it has none it uses its quota, whatever it carries, and ever more packets at a wakeup:
 * of what one costs otherwise that says little.
 */
export function hasSpareCpu({ server: { throttledShare } }: CapacityStep): boolean {
  return throttledShare === null || throttledShare < FULL;
}
