import type { CapacityCall, MachineSize, ServerRoom } from "../model/capacity.ts";
import { callLoad } from "./call-load.ts";
import { bandwidthAllocations } from "./server-bandwidth.ts";

/** CPU ms per hop at light load, 1,000 bytes, coturn 4.6.1 and 4.17.1: where a search may begin, and no more than that. */
const HOP_CPU_MS = { udp: 0.009, tcp: 0.013, tls: 0.019 } as const;
/** Resident, per idle allocation over UDP, and of a process without one. */
const ALLOCATION_BYTES = 22_000;
const PROCESS_BYTES = 16_000_000;
/** Open in a process without one, and for each: over UDP its relayed address has a socket, over TCP and TLS its client as well. */
const PROCESS_DESCRIPTORS = 40;
export const ALLOCATION_DESCRIPTORS = { udp: 1, tcp: 2, tls: 2 } as const;
/** Below the guess, so that the first steps show the curve, and a slower machine is not run over. */
const CAUTION = 0.4;

/** Calls that a search may begin with: what a rule of thumb says of the size, its ports and quotas, and some caution. At least 1. */
export function firstGuess(size: MachineSize & { cpus: number }, call: CapacityCall, room: ServerRoom | null): number {
  const { allocations, hopsPerSecond, wireBitsPerSecond } = callLoad(call);
  const descriptors = size.fileDescriptors ?? room?.fileDescriptors ?? null;
  const byBandwidth = room && bandwidthAllocations(room);
  const bounds = [
    hopsPerSecond === 0 ? null : (size.cpus * 1000) / (hopsPerSecond * HOP_CPU_MS[call.over]),
    size.nicBitsPerSecond === undefined || wireBitsPerSecond === 0 ? null : size.nicBitsPerSecond / wireBitsPerSecond,
    size.memoryBytes === undefined ? null : (size.memoryBytes - PROCESS_BYTES) / (ALLOCATION_BYTES * allocations),
    room && room.relayPorts / allocations,
    room?.totalQuota ? room.totalQuota / allocations : null,
    room?.userQuota ? room.userQuota / allocations : null,
    byBandwidth === null ? null : byBandwidth / allocations,
    descriptors === null
      ? null
      : (descriptors - PROCESS_DESCRIPTORS) / (ALLOCATION_DESCRIPTORS[call.over] * allocations),
  ].filter((bound) => bound !== null);
  const least = bounds.length === 0 ? 100 : Math.min(...bounds);
  return Math.max(1, Math.floor(least * CAUTION));
}
