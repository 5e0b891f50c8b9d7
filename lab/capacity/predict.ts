import type { CapacityCall, MachineSize, ServerRoom } from "../model/capacity.ts";
import type { Basis, Bound, CapacityModel, Prediction, TransportCost } from "../model/capacity-model.ts";
import { callLoad, meanPacketBytes } from "./call-load.ts";
import { ALLOCATION_DESCRIPTORS } from "./first-guess.ts";
import { bandwidthAllocations } from "./server-bandwidth.ts";

/** Of the rate: bursts fill a queue before its mean does. */
const NIC_SHARE = 0.95;
/** Of the limit: the kernel takes memory back before that, and kills at it. */
const MEMORY_SHARE = 0.95;
/** Without a measurement. */
const DESCRIPTORS_OF_PROCESS = 50;
/** Cores from half of what was measured to twice as many: there the model has been held against measurements. */
const NEAR = 2;

/**
 * The knee of a size, and what would bind there: the lowest of what each resource would let through. `room`: of the server's own limits, where
 * they are known. Pure.
 */
export function predict(
  model: CapacityModel,
  size: MachineSize,
  call: CapacityCall,
  room: ServerRoom | null,
): Prediction {
  const assumptions: string[] = [];
  const cost = model.transports.find(({ over }) => over === call.over);
  if (!cost) assumptions.push(`nothing was measured over ${call.over.toUpperCase()}: its CPU is not in this`);
  const bounds = [
    ...(cost ? cpuBounds(model, cost, size, call, room, assumptions) : []),
    ...nicBound(cost ?? null, size, call),
    ...memoryBound(model, size, call),
    ...descriptorBound(model, size, call, room),
    ...roomBounds(call, room),
  ].sort((a, b) => a.calls - b.calls);
  const [least] = bounds;
  return {
    size,
    call,
    calls: least?.calls ?? null,
    interval: least && cost ? intervalOf(least, cost) : null,
    constraint: least?.constraint ?? null,
    bounds,
    basis: least?.basis ?? "extrapolated",
    assumptions,
    measured: null,
  };
}

/** CPU ms per second that one call costs, and the server without one. */
export function cpuPerCall(cost: TransportCost, call: CapacityCall): { base: number; perCall: number } {
  const { allocations, hopsPerSecond, megabitsPerSecond } = callLoad(call);
  const of = (term: keyof TransportCost["costs"]) => cost.costs[term]?.cpuMs ?? 0;
  const perCall = of("allocation") * allocations + of("hop") * hopsPerSecond + of("megabit") * megabitsPerSecond;
  return { base: of("base"), perCall };
}

function cpuBounds(
  model: CapacityModel,
  cost: TransportCost,
  size: MachineSize,
  call: CapacityCall,
  room: ServerRoom | null,
  assumptions: string[],
): Bound[] {
  const { cpus } = size;
  const { base, perCall } = atKnee(model, cost, call) ?? cpuPerCall(cost, call);
  if (cpus === undefined || perCall <= 0) return [];
  const basis = basisOf(cost, size, call, assumptions);
  const { share } = model.utilization;
  if (model.utilization.basis !== "measured")
    assumptions.push(`${percent(share)} of the CPU: ${model.utilization.note}`);
  const calls = Math.max(0, Math.floor((cpus * 1000 * share - base) / perCall));
  const why = `${percent(share)} of ${cores(cpus)} at ${perCall.toPrecision(3)} CPU ms a second for each call`;
  return [
    { constraint: "server-cpu", calls, basis, why },
    ...threadBound(model, cpus, base, perCall, room, assumptions),
  ];
}

/** What a call costs a server that is at its knee, where one was seen: of another call by what the fit says of both. */
function atKnee(
  model: CapacityModel,
  cost: TransportCost,
  call: CapacityCall,
): { base: number; perCall: number } | null {
  const seen = model.atKnee.filter((knee) => knee.call.over === call.over);
  const knee = seen.find((one) => one.call.relayed === call.relayed) ?? seen[0];
  if (!knee) return null;
  const [here, there] = [cpuPerCall(cost, call).perCall, cpuPerCall(cost, knee.call).perCall];
  return { base: 0, perCall: knee.cpuMsPerCall * (there > 0 && here > 0 ? here / there : 1) };
}

/** A thread runs on one core at a time. coturn has as many relay threads as the machine has cores, where it is not told otherwise. */
function threadBound(
  { threads, utilization }: CapacityModel,
  cpus: number,
  base: number,
  perCall: number,
  room: ServerRoom | null,
  assumptions: string[],
): Bound[] {
  if (!threads || cpus <= 1) return [];
  const there = room?.relayThreads ?? Math.max(threads.busy, Math.ceil(cpus));
  // What the busiest had over its even part stays with it.
  const share = Math.min(1, (threads.busiestShare * threads.busy) / there);
  if (share * cpus <= 1.02) return [];
  if (there !== threads.busy) assumptions.push(`clients spread over ${there} threads as they did over ${threads.busy}`);
  const calls = Math.max(0, Math.floor((1000 * utilization.share - base * share) / (perCall * share)));
  const why = `the busiest of ${there} threads has ${percent(share)} of the work, and one core`;
  return [{ constraint: "server-thread", calls, basis: "extrapolated", why }];
}

function nicBound(cost: TransportCost | null, { nicBitsPerSecond }: MachineSize, call: CapacityCall): Bound[] {
  const bits = wireBitsPerCall(cost, call);
  if (nicBitsPerSecond === undefined || bits.value <= 0) return [];
  const calls = Math.floor((nicBitsPerSecond * NIC_SHARE) / bits.value);
  const why = `${percent(NIC_SHARE)} of ${megabits(nicBitsPerSecond)} at ${megabits(bits.value)} each way for each call`;
  return [{ constraint: "nic", calls, basis: bits.basis, why }];
}

/** Of one call on the server's wire, each way; as measured where it was for calls of this kind. */
export function wireBitsPerCall(cost: TransportCost | null, call: CapacityCall): { value: number; basis: Basis } {
  const { wireBitsPerSecond } = callLoad(call);
  const isSeen = cost?.wire?.relayed === call.relayed;
  return {
    value: wireBitsPerSecond * (isSeen ? (cost?.wire?.factor ?? 1) : 1),
    basis: isSeen ? "predicted" : "extrapolated",
  };
}

function memoryBound({ memory }: CapacityModel, { memoryBytes }: MachineSize, call: CapacityCall): Bound[] {
  if (!memory || memoryBytes === undefined || memory.perAllocation <= 0) return [];
  const { allocations } = callLoad(call);
  const room = memoryBytes * MEMORY_SHARE - memory.base;
  const calls = Math.max(0, Math.floor(room / (memory.perAllocation * allocations)));
  const why = `${mebibytes(memoryBytes)} at ${(memory.perAllocation / 1000).toPrecision(3)} kB for each allocation; the system's own is not counted`;
  return [{ constraint: "memory", calls, basis: "predicted", why }];
}

function descriptorBound(
  { fileDescriptors: seen }: CapacityModel,
  size: MachineSize,
  call: CapacityCall,
  room: ServerRoom | null,
): Bound[] {
  const limit = size.fileDescriptors ?? room?.fileDescriptors ?? null;
  if (limit === null) return [];
  const each = seen?.perAllocation || ALLOCATION_DESCRIPTORS[call.over];
  const base = seen?.base ?? DESCRIPTORS_OF_PROCESS;
  const calls = Math.max(0, Math.floor((limit - base) / (each * callLoad(call).allocations)));
  const why = `${limit} file descriptors at ${each.toPrecision(2)} for each allocation`;
  return [{ constraint: "file-descriptors", calls, basis: seen ? "predicted" : "extrapolated", why }];
}

/** What the configuration lets in, whatever the machine. */
export function roomBounds(call: CapacityCall, room: ServerRoom | null): Bound[] {
  if (!room) return [];
  const { allocations } = callLoad(call);
  const of = (constraint: Bound["constraint"], most: number | null, why: string): Bound[] =>
    most === null ? [] : [{ constraint, calls: Math.floor(most / allocations), basis: "predicted", why }];
  const byBandwidth = bandwidthAllocations(room);
  return [
    ...of("port-range", room.relayPorts, `${room.relayPorts} relay ports`),
    ...of("total-quota", room.totalQuota, `total-quota=${room.totalQuota}`),
    ...of("user-quota", room.userQuota, `user-quota=${room.userQuota}, and all calls of the lab have one credential`),
    ...of(
      "bps-capacity",
      byBandwidth,
      `bps-capacity=${room.bpsCapacity}, of which each allocation reserves max-bps=${room.maxBps}`,
    ),
  ];
}

function basisOf(cost: TransportCost, { cpus }: MachineSize, call: CapacityCall, assumptions: string[]): Basis {
  const { packetBytes, cpus: measured } = cost.range;
  const bytes = meanPacketBytes(call.streams);
  const isOtherPacket =
    bytes !== null && packetBytes !== null && (bytes < packetBytes[0] * 0.9 || bytes > packetBytes[1] * 1.1);
  if (isOtherPacket) {
    const told = cost.costs.megabit ? "" : ", and what a bit costs could not be told from what a packet costs";
    assumptions.push(`packets of ${Math.round(bytes)} bytes were not measured${told}`);
  }
  const isFar = measured !== null && cpus !== undefined && (cpus < measured[0] / NEAR || cpus > measured[1] * NEAR);
  if (isFar) assumptions.push(`${cores(cpus)}: CPU is taken to add up, as it did up to ${cores(measured[1])}`);
  return isOtherPacket || isFar || measured === null ? "extrapolated" : "predicted";
}

/** Of the scatter around the fit, and of how near the knee is known; not of what else differs between machines. */
function intervalOf({ constraint, calls }: Bound, cost: TransportCost): Prediction["interval"] {
  if (constraint !== "server-cpu" && constraint !== "server-thread") return null;
  if (!cost.residual) return null;
  const share = Math.min(0.9, Math.hypot(1.96 * cost.residual.share, 0.05));
  return [Math.floor(calls * (1 - share)), Math.ceil(calls * (1 + share))];
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
const cores = (cpus: number) => `${Number(cpus.toFixed(2))} core${cpus === 1 ? "" : "s"}`;
const megabits = (bits: number) => `${Number((bits / 1e6).toPrecision(3))} Mbit/s`;
const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
