import type { CapacityCall, Constraint, MachineSize } from "./capacity.ts";
import type { TurnTransport } from "./ice.ts";

/** Where a figure comes from. `extrapolated`: outside of what was measured, or with what was not measured. */
export type Basis = "measured" | "predicted" | "extrapolated";

/** What a server's CPU is spent on. `hop`: a packet that it received and sent on. */
export const COST_TERMS = {
  base: { unit: "ms/s", help: "Whatever it carries." },
  allocation: { unit: "ms/s per allocation", help: "Each allocation held: refreshes, timers." },
  setup: {
    unit: "ms each",
    help: "Each allocation made: Allocate, permission, channel; over TCP and TLS the connection too.",
  },
  hop: { unit: "ms each", help: "Each packet received and sent on." },
  megabit: { unit: "ms per Mbit", help: "Each megabit of payload received and sent on." },
} as const;
export type CostTerm = keyof typeof COST_TERMS;

export type Cost = {
  /** CPU milliseconds, per unit of the term. */
  cpuMs: number;
  /** 95 %; null where nothing is left over to tell it from. */
  interval: [number, number] | null;
};

export type TransportCost = {
  over: TurnTransport;
  /** Terms that could be told from each other; what is missing is in `notTold`, and its cost in the others'. */
  costs: Partial<Record<CostTerm, Cost>>;
  samples: number;
  r2: number | null;
  /** Of the fit, in CPU ms per second: root mean square, and its share of the mean. */
  residual: { rms: number; share: number } | null;
  notTold: string[];
  /** What the samples spanned. Cores are null where no limit was known. */
  range: { callsHeld: [number, number]; packetBytes: [number, number] | null; cpus: [number, number] | null };
  /** Bits on the server's wire over what a call's packets and their headers come to; null where it was not seen. */
  wire: { factor: number; relayed: CapacityCall["relayed"] } | null;
};

/** A line through what was seen at several loads. */
export type PerAllocation = {
  base: number;
  perAllocation: number;
  /** 95 %, of `perAllocation`. */
  interval: [number, number] | null;
  r2: number | null;
  samples: number;
};

export type CapacityModel = {
  transports: TransportCost[];
  /** Bytes, against the most allocations that there were until then: what was freed stays with the process. */
  memory: PerAllocation | null;
  fileDescriptors: PerAllocation | null;
  /** Share of its CPU limit that a server uses at its knee. `measured`: where the CPU bound. */
  utilization: { share: number; basis: Basis; note: string };
  /**
   * What a call cost, all in all, at the highest load that was carried where the CPU bound: a busy server takes several packets at a time, so
   * that each costs less than at half of the load (coturn 4.6.1, UDP: 16 µs there, 9 at the knee).
   */
  atKnee: { call: CapacityCall; cpus: number; cpuMsPerCall: number }[];
  /** The server's threads that did work, and the share of its CPU that the busiest took; null where threads were not seen. */
  threads: { busy: number; busiestShare: number } | null;
  /** Of another machine than the one that measured; null: its own. */
  rescaled: { machine: string; factor: number; note: string } | null;
};

/** CPU per relayed packet, measured on one machine by `calibrate`. */
export type Calibration = {
  machine: string;
  measuredAt: string;
  over: TurnTransport;
  packetBytes: number;
  cpuMsPerHop: number;
  interval: [number, number] | null;
};

/** What one thing alone would let through. */
export type Bound = { constraint: Constraint; calls: number; basis: Basis; why: string };

export type Prediction = {
  size: MachineSize;
  call: CapacityCall;
  /** Null: nothing known bounds it. */
  calls: number | null;
  interval: [number, number] | null;
  constraint: Constraint | null;
  /** Lowest first. */
  bounds: Bound[];
  basis: Basis;
  assumptions: string[];
  /** Where this size was measured too: predicted over measured, less 1. */
  measured: { calls: number; deviation: number | null } | null;
};
