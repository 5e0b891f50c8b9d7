import type { CapacityPlan, PlannedMachine, PlannedService } from "../../lab/model/capacity-plan.ts";
import { formatRatio, NOTHING, oneLine, plural } from "../render/format.ts";
import { nameOf } from "./capacity-words.ts";

/** The planner's own numbers, and what follows from them, a line each. */
export function describeDemand({
  ask,
  peakCalls,
  peakRelayedCalls,
  egressGigabytes,
  clientGigabytes,
}: CapacityPlan): string[] {
  return [
    `${ask.callsPerDay} calls a day of ${ask.minutesPerCall} minutes, ${formatRatio(ask.shareRelayed)} relayed, in ${plural(ask.regions, "region")}`,
    `at the busiest time, ${ask.peakFactor} times the mean: ${peakCalls.value ?? NOTHING} calls at once, ${peakRelayedCalls.value ?? NOTHING} of them relayed`,
    `in a month ${egressGigabytes.value ?? NOTHING} GB leave (${egressGigabytes.basis}: ${oneLine(egressGigabytes.how)}), ${clientGigabytes.value ?? NOTHING} GB of them to relayed clients`,
    `a machine is planned up to ${formatRatio(ask.headroom)} of its knee, with ${ask.spares} more in each region`,
  ];
}

export const MACHINE_HEAD = [
  "machine",
  "knee",
  "",
  "binds",
  "users each",
  "a region",
  "in all",
  "a month",
  "of that machines",
  "of that egress",
] as const;

/** One row under MACHINE_HEAD; amounts are the table's currency. */
export function machineRow(machine: PlannedMachine): string[] {
  const {
    kneeCalls,
    constraint,
    usersPerMachine,
    machinesPerRegion,
    machines,
    monthlyMachines,
    monthlyEgress,
    monthly,
  } = machine;
  return [
    oneLine(machine.machine),
    count(kneeCalls.value),
    kneeCalls.value === null ? "" : kneeCalls.basis,
    nameOf(constraint),
    count(usersPerMachine.value),
    count(machinesPerRegion.value),
    count(machines.value),
    amounts(monthly),
    amounts(monthlyMachines),
    amounts({ low: monthlyEgress.amount, high: monthlyEgress.amount }),
  ];
}

export const SERVICE_HEAD = ["managed service", "a month", "how"] as const;

/** One row under SERVICE_HEAD. */
export function serviceRow({ name, monthly, how, source }: PlannedService): string[] {
  return [
    oneLine(name),
    amounts({ low: monthly, high: monthly }),
    oneLine(`${how} (${source.source}, ${source.date})`),
  ];
}

/** Each source once, with the machines that it is of. */
export function describeSources({ machines }: CapacityPlan): string[] {
  const bySource = Map.groupBy(machines, ({ source }) => `${source.source}, ${source.date}`);
  return [...bySource].map(([source, own]) => {
    const notes = [...new Set(own.flatMap((machine) => machine.source.note ?? []))];
    return oneLine(`${own.map(({ machine }) => machine).join(", ")}: ${[source, ...notes].join("; ")}`);
  });
}

const count = (value: number | null) => (value === null ? NOTHING : String(value));

function amounts({ low, high }: { low: number | null; high: number | null }): string {
  if (low === null || high === null) return NOTHING;
  return low === high ? low.toFixed(2) : `${low.toFixed(2)} to ${high.toFixed(2)}`;
}
