import type { CapacityCall } from "./capacity.ts";
import type { Basis } from "./capacity-model.ts";
import type { TurnTransport } from "./ice.ts";

/** A figure of somebody else's. */
export type Sourced = { source: string; date: string; note?: string };

/** A machine that can be had, by its name. What is not known is null: no price is ever made up. */
export type NamedMachine = Sourced & {
  name: string;
  provider: string;
  cpus: number | null;
  memoryBytes: number | null;
  /** That it may send all the time, each way. */
  nicBitsPerSecond: number | null;
  monthly: PriceRange | null;
  /** What leaves to the internet. */
  egressPerGigabyte: number | null;
};
export type PriceRange = { low: number; high: number };

/** How a managed service bills. */
export type ManagedService = Sourced & {
  name: string;
  /** `participant-minute`: of each relayed participant. `gigabyte`: what is sent to relayed clients. `package`: a monthly amount. */
  bills:
    | { by: "participant-minute"; price: number }
    | { by: "gigabyte"; price: number; freeGigabytes: number }
    | { by: "package"; freeGigabytes: number; monthly: number; gigabytes: number }
    | { by: "unknown" };
};

/** prices.json. USD. */
export type PriceTable = { currency: string; machines: NamedMachine[]; services: ManagedService[] };

/** The planner's own numbers. */
export type PlanAsk = {
  callsPerDay: number;
  minutesPerCall: number;
  /** Of calls that need a relay. */
  shareRelayed: number;
  /** The busiest time over the mean of the day. */
  peakFactor: number;
  regions: number;
  /** What a machine is planned to carry of its knee. */
  headroom: number;
  /** In each region, beyond what carries the peak. */
  spares: number;
};

export const PLAN_DEFAULTS = { shareRelayed: 0.2, peakFactor: 3, regions: 1, headroom: 0.7, spares: 1 } as const;

export type Figure = { value: number | null; basis: Basis; how: string };

export type PlannedMachine = {
  machine: string;
  provider: string;
  /** Calls at its knee. */
  kneeCalls: Figure;
  constraint: string | null;
  /** People in calls, relayed or not, that one machine serves. */
  usersPerMachine: Figure;
  machinesPerRegion: Figure;
  machines: Figure;
  monthlyMachines: { low: number | null; high: number | null; how: string };
  monthlyEgress: { amount: number | null; gigabytes: number; how: string };
  monthly: { low: number | null; high: number | null };
  source: Sourced;
};

export type PlannedService = { name: string; monthly: number | null; how: string; source: Sourced };

export type CapacityPlan = {
  ask: PlanAsk;
  over: TurnTransport;
  call: CapacityCall;
  currency: string;
  /** Calls at once in all regions at the busiest time, and those of them that are relayed. */
  peakCalls: Figure;
  peakRelayedCalls: Figure;
  /** What the servers send in a month, and what of it goes to relayed clients. */
  egressGigabytes: Figure;
  clientGigabytes: Figure;
  machines: PlannedMachine[];
  services: PlannedService[];
  notes: string[];
};
