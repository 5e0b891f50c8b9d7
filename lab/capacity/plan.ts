import type { CapacityCall, MachineSize, ServerRoom } from "../model/capacity.ts";
import type { Basis, CapacityModel } from "../model/capacity-model.ts";
import type {
  CapacityPlan,
  Figure,
  NamedMachine,
  PlanAsk,
  PlannedMachine,
  PriceTable,
} from "../model/capacity-plan.ts";
import type { CurvePoint, Knee } from "../model/capacity-report.ts";
import { allocationsPerCall, clientBitsPerSecond } from "./call-load.ts";
import { predict, wireBitsPerCall } from "./predict.ts";
import { priceOf } from "./service-price.ts";

const MINUTES_PER_DAY = 1_440;
/** 365.25 / 12. */
const DAYS_PER_MONTH = 30.4375;
const PARTICIPANTS = 2;

/** What a plan is made from. */
export type PlanInput = {
  ask: PlanAsk;
  call: CapacityCall;
  size: MachineSize;
  room: ServerRoom;
  knee: Knee;
  constraint: string | null;
  curve: readonly CurvePoint[];
  model: CapacityModel | null;
  prices: PriceTable;
  /** A date. */
  measuredAt: string;
};

/** Machines, and the bill, for a planner's own numbers: each figure says where it comes from. Pure. */
export function makePlan(input: PlanInput): CapacityPlan {
  const { ask, call, prices } = input;
  const peak = (ask.callsPerDay * ask.minutesPerCall * ask.peakFactor) / MINUTES_PER_DAY;
  const relayed = peak * ask.shareRelayed;
  const traffic = monthlyTraffic(input);
  const demand: Demand = { relayedPerRegion: relayed / ask.regions, egress: traffic.egress.value ?? 0 };
  const own = measuredMachine(input, demand);
  return {
    ask,
    over: call.over,
    call,
    currency: prices.currency,
    peakCalls: figure(
      peak,
      "extrapolated",
      `${ask.callsPerDay} calls a day of ${ask.minutesPerCall} minutes, ${ask.peakFactor} times their mean at the busiest time`,
    ),
    peakRelayedCalls: figure(relayed, "extrapolated", `${percent(ask.shareRelayed)} of them`),
    egressGigabytes: traffic.egress,
    clientGigabytes: traffic.clients,
    machines: [...(own ? [own] : []), ...prices.machines.map((machine) => namedMachine(machine, input, demand))],
    services: prices.services.map((service) => priceOf(service, traffic)),
    notes: notesOf(input),
  };
}

type Demand = { relayedPerRegion: number; egress: number };

function figure(value: number | null, basis: Basis, how: string): Figure {
  return { value: value === null ? null : rounded(value), basis, how };
}

/** What goes over the wire in a month for relayed calls. */
function monthlyTraffic(input: PlanInput) {
  const { ask, call } = input;
  const minutes = ask.callsPerDay * DAYS_PER_MONTH * ask.minutesPerCall * ask.shareRelayed;
  const wire = egressBitsPerCall(input);
  const gigabytes = (bits: number) => (bits * minutes * 60) / 8e9;
  const clients = allocationsPerCall(call.relayed);
  return {
    minutes,
    participantMinutes: minutes * clients,
    egress: figure(
      gigabytes(wire.value),
      wire.basis,
      `${megabits(wire.value)} leave for each relayed call (${wire.how})`,
    ),
    clients: figure(
      gigabytes(clients * clientBitsPerSecond(call)),
      "predicted",
      "IP packets to relayed clients, without those to their peers",
    ),
  };
}

/** As seen on the server's wire where calls were carried, else by their packets and headers. */
function egressBitsPerCall({ call, curve, model }: PlanInput): { value: number; basis: Basis; how: string } {
  const seen = curve.flatMap(({ verdict, held, calls, server }) =>
    verdict === "carried" && held > 0 && server.txBitsPerSecond ? [{ calls, bits: server.txBitsPerSecond / held }] : [],
  );
  const most = seen.toSorted((a, b) => b.calls - a.calls)[0];
  if (most) return { value: most.bits, basis: "measured", how: `as measured with ${most.calls} calls, frames and all` };
  const cost = model?.transports.find(({ over }) => over === call.over) ?? null;
  return { ...wireBitsPerCall(cost, call), how: "by its packets and their headers" };
}

/** The size that was measured, as a machine: no price is known of it. Null without a knee: what was carried in any case is none. */
function measuredMachine(input: PlanInput, demand: Demand): PlannedMachine | null {
  const { knee, size, constraint } = input;
  if (knee.calls === null) return null;
  const machine: NamedMachine = {
    name: describeSize(size),
    provider: "this lab",
    cpus: size.cpus ?? null,
    memoryBytes: size.memoryBytes ?? null,
    nicBitsPerSecond: size.nicBitsPerSecond ?? null,
    monthly: null,
    egressPerGigabyte: null,
    source: "measured by this run, on this machine's cores",
    date: input.measuredAt,
  };
  return planned(machine, figure(knee.calls, "measured", "measured here"), constraint, input.ask, demand);
}

function namedMachine(machine: NamedMachine, input: PlanInput, demand: Demand): PlannedMachine {
  const { model, call, room, ask } = input;
  if (!model || machine.cpus === null) {
    const how = model ? "its cores are not known" : "no model could be made";
    return planned(machine, figure(null, "extrapolated", how), null, ask, demand);
  }
  const size: MachineSize = {
    cpus: machine.cpus,
    ...(machine.memoryBytes === null ? {} : { memoryBytes: machine.memoryBytes }),
    ...(machine.nicBitsPerSecond === null ? {} : { nicBitsPerSecond: machine.nicBitsPerSecond }),
  };
  // A quota for each user binds one user, and not a machine.
  const { calls, constraint, basis, bounds, assumptions } = predict(model, size, call, { ...room, userQuota: null });
  const cores = model.rescaled ? `cores of ${model.rescaled.machine}` : "cores like this machine's";
  const how = [bounds[0]?.why ?? "nothing known bounds it", cores, ...assumptions].join("; ");
  return planned(machine, figure(calls, model.rescaled ? basis : "extrapolated", how), constraint, ask, demand);
}

function planned(
  machine: NamedMachine,
  kneeCalls: Figure,
  constraint: string | null,
  ask: PlanAsk,
  { relayedPerRegion, egress }: Demand,
): PlannedMachine {
  const knee = kneeCalls.value;
  const usable = knee === null ? null : knee * ask.headroom;
  const perRegion =
    usable === null || usable < 1 ? null : Math.max(1, Math.ceil(relayedPerRegion / usable - 1e-9)) + ask.spares;
  const machines = perRegion === null ? null : perRegion * ask.regions;
  const users =
    usable === null || ask.shareRelayed === 0 ? null : Math.floor((usable / ask.shareRelayed) * PARTICIPANTS);
  const { monthly, egressPerGigabyte } = machine;
  const cost = { low: times(monthly?.low, machines), high: times(monthly?.high, machines) };
  const egressCost = times(egressPerGigabyte, egress);
  const basis: Basis = "extrapolated";
  const load = `${rounded(relayedPerRegion)} relayed calls at the busiest time, ${percent(ask.headroom)} of the knee`;
  const { source, date, note } = machine;
  return {
    machine: machine.name,
    provider: machine.provider,
    kneeCalls,
    constraint,
    usersPerMachine: figure(
      users,
      basis,
      `${percent(ask.headroom)} of its knee, ${percent(ask.shareRelayed)} of calls relayed, ${PARTICIPANTS} users a call`,
    ),
    machinesPerRegion: figure(perRegion, basis, `${load}, and ${ask.spares} to spare`),
    machines: figure(
      machines,
      basis,
      `in ${ask.regions} region${ask.regions === 1 ? "" : "s"}, with as many calls in each`,
    ),
    monthlyMachines: { ...cost, how: monthly ? `${range(monthly)} each` : "no price is known" },
    monthlyEgress: {
      amount: egressCost,
      gigabytes: egress,
      how: egressPerGigabyte === null ? "no price is known" : `${egressPerGigabyte} a gigabyte`,
    },
    monthly: { low: plus(cost.low, egressCost), high: plus(cost.high, egressCost) },
    source: { source, date, ...(note === undefined ? {} : { note }) },
  };
}

function notesOf({ knee, room, call, model, ask }: PlanInput): string[] {
  return [
    "One machine was measured; that several carry several times as much, and that calls spread evenly over them, is extrapolated.",
    ...(knee.calls === null ? ["No knee was found: machines are worked out by the model alone."] : []),
    ...(model && !model.rescaled
      ? ["Named machines are taken to have cores like this one's: measure a packet on yours with ./turnlab calibrate."]
      : []),
    ...(room.userQuota === null
      ? []
      : [`user-quota=${room.userQuota} is for each user: it is left out of named machines.`]),
    ...(call.relayed === "both"
      ? ["What goes from relay to relay on one machine counts as egress only as far as it was seen on its wire."]
      : []),
    ...(ask.shareRelayed === 0 ? ["With no call relayed, one machine in each region still answers."] : []),
  ];
}

export function describeSize({ cpus, memoryBytes, nicBitsPerSecond, fileDescriptors }: MachineSize): string {
  const words = [
    ...(cpus === undefined ? [] : [`${cpus} core${cpus === 1 ? "" : "s"}`]),
    ...(memoryBytes === undefined ? [] : [`${Math.round(memoryBytes / 2 ** 20)} MiB`]),
    ...(nicBitsPerSecond === undefined ? [] : [megabits(nicBitsPerSecond)]),
    ...(fileDescriptors === undefined ? [] : [`${fileDescriptors} file descriptors`]),
  ];
  return words.length === 0 ? "this machine" : words.join(", ");
}

const times = (price: number | null | undefined, count: number | null): number | null =>
  price === null || price === undefined || count === null ? null : rounded(price * count);
const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : rounded(a + b));
const rounded = (value: number) => Number(value.toFixed(2));
const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;
const range = ({ low, high }: { low: number; high: number }) => (low === high ? `${low}` : `${low} to ${high}`);
const megabits = (bits: number) => `${Number((bits / 1e6).toPrecision(3))} Mbit/s`;
