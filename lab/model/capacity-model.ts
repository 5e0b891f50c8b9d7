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
  /** What the samples spanned: within it a prediction is no extrapolation. */
  range: { callsHeld: [number, number]; packetBytes: [number, number]; cpus: [number, number] };
};

export type CapacityModel = {
  transports: TransportCost[];
  memory: {
    baseBytes: number;
    perAllocationBytes: number;
    interval: [number, number] | null;
    r2: number | null;
    samples: number;
  } | null;
  /** Share of its CPU limit that a server has used at its knee. `measured`: where the CPU bound. */
  utilization: { share: number; basis: Basis; note: string };
  /** Share of the server's CPU that its busiest thread took; null where threads were not seen. */
  threadShare: number | null;
  /** What a call puts on the server's wire over what its payload is, both directions together: headers, and STUN. */
  wireFactor: { factor: number; basis: Basis };
  /** Of another machine than the one that measured; null: its own. */
  rescaled: { machine: string; factor: number } | null;
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
