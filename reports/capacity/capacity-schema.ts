import { z } from "zod";
import { CONSTRAINTS } from "../../lab/model/capacity.ts";
import { COST_TERMS, type CostTerm } from "../../lab/model/capacity-model.ts";
import { CAPACITY_SCHEMA_VERSION, CAPACITY_STATUSES, type CapacityReport } from "../../lab/model/capacity-report.ts";

const count = z.number().int().nonnegative();
const amount = z.number().nonnegative();
const maybe = z.number().nullable();
const share = z.number().min(0).max(1);
const interval = z.tuple([z.number(), z.number()]).nullable();
const constraint = z.enum(CONSTRAINTS);
const status = z.enum(CAPACITY_STATUSES);
const basis = z.enum(["measured", "predicted", "extrapolated"]);
const over = z.enum(["udp", "tcp", "tls"]);
const relayed = z.enum(["one", "both"]);
const optional = amount.optional();

const statistics = z.object({
  unit: z.string(),
  count,
  min: maybe,
  avg: maybe,
  med: maybe,
  "p(90)": maybe,
  "p(95)": maybe,
  "p(99)": maybe,
  max: maybe,
});

const size = z.object({ cpus: optional, memoryBytes: optional, nicBitsPerSecond: optional, fileDescriptors: optional });
const call = z.object({
  over,
  relayed,
  streams: z.array(z.object({ packetBytes: amount, packetsPerSecond: amount })),
});
const limits = z.object({ successRate: share, connectTimeP95Ms: amount, packetLoss: share, roundTripP95Ms: amount });
const room = z.object({
  relayPorts: count,
  fileDescriptors: maybe,
  totalQuota: maybe,
  userQuota: maybe,
  bpsCapacity: maybe,
  maxBps: maybe,
  relayThreads: maybe,
});
const confirmation = z.object({ calls: count, holdMs: amount, carried: count, held: count }).nullable();
const knee = z.object({
  calls: maybe,
  atLeast: maybe,
  notCarried: maybe,
  below: confirmation,
  above: confirmation,
});
const finding = z.object({ constraint, weight: z.number(), evidence: z.string() });

const serverUse = z.object({
  cpuPercent: maybe,
  threads: z.array(z.object({ name: z.string(), cpuPercent: z.number() })),
  throttledShare: maybe,
  memoryBytes: maybe,
  rxBitsPerSecond: maybe,
  txBitsPerSecond: maybe,
  packetsPerSecond: maybe,
  wireDrops: z.number(),
  udpReceiveBufferErrors: z.number(),
  allocations: maybe,
  fileDescriptors: maybe,
  isAlive: z.boolean(),
  isOutOfMemory: z.boolean(),
});

const point = z.object({
  purpose: z.enum(["ramp", "search", "below", "above", "predict"]),
  size,
  calls: count,
  held: count,
  durationMs: amount,
  started: count,
  connected: count,
  failures: z.record(z.string(), z.number()),
  connectTime: statistics,
  roundTrip: statistics,
  jitterMs: maybe,
  packetsSent: z.number(),
  packetsLost: z.number(),
  packetsSkipped: z.number(),
  server: serverUse,
  generator: z.object({
    cpuPercent: z.number(),
    busiestWorkerPercent: z.number(),
    workerWaitPercent: z.number(),
    receiveBufferErrors: z.number(),
  }),
  router: z.object({ name: z.string(), cpuPercent: z.number(), dropped: z.number() }).nullable(),
  farPeer: z.object({ cpuPercent: z.number(), udpReceiveBufferErrors: z.number() }).nullable(),
  arrival: z
    .object({
      durationMs: amount,
      allocated: count,
      allocationsHeld: z.number(),
      packetsSent: z.number(),
      serverCpuPercent: maybe,
    })
    .nullable(),
  machineIdlePercent: maybe,
  verdict: z.enum(["carried", "not_carried", "no_verdict"]),
  reasons: z.array(z.string()),
});

const cost = z.object({ cpuMs: amount, interval }).optional();
const terms = Object.fromEntries(Object.keys(COST_TERMS).map((term) => [term, cost])) as Record<CostTerm, typeof cost>;
const range = z.tuple([z.number(), z.number()]);
const perAllocation = z.object({ base: amount, perAllocation: amount, interval, r2: maybe, samples: count }).nullable();

const model = z.object({
  transports: z.array(
    z.object({
      over,
      costs: z.object(terms),
      samples: count,
      r2: maybe,
      residual: z.object({ rms: amount, share: amount }).nullable(),
      notTold: z.array(z.string()),
      range: z.object({ callsHeld: range, packetBytes: range.nullable(), cpus: range.nullable() }),
      wire: z.object({ factor: amount, relayed }).nullable(),
    }),
  ),
  memory: perAllocation,
  fileDescriptors: perAllocation,
  utilization: z.object({ share, basis, note: z.string() }),
  atKnee: z.array(z.object({ call, cpus: amount, cpuMsPerCall: amount })),
  threads: z.object({ busy: count, busiestShare: share }).nullable(),
  rescaled: z.object({ machine: z.string(), factor: amount, note: z.string() }).nullable(),
});

const prediction = z.object({
  size,
  call,
  calls: maybe,
  interval,
  constraint: constraint.nullable(),
  bounds: z.array(z.object({ constraint, calls: z.number(), basis, why: z.string() })),
  basis,
  assumptions: z.array(z.string()),
  measured: z.object({ calls: z.number(), deviation: maybe }).nullable(),
});

const figure = z.object({ value: maybe, basis, how: z.string() });
const source = z.object({ source: z.string(), date: z.string(), note: z.string().optional() });
const lowHigh = { low: maybe, high: maybe };

const plan = z.object({
  ask: z.object({
    callsPerDay: amount,
    minutesPerCall: amount,
    shareRelayed: share,
    peakFactor: amount,
    regions: count,
    headroom: share,
    spares: count,
  }),
  over,
  call,
  currency: z.string(),
  peakCalls: figure,
  peakRelayedCalls: figure,
  egressGigabytes: figure,
  clientGigabytes: figure,
  machines: z.array(
    z.object({
      machine: z.string(),
      provider: z.string(),
      kneeCalls: figure,
      constraint: z.string().nullable(),
      usersPerMachine: figure,
      machinesPerRegion: figure,
      machines: figure,
      monthlyMachines: z.object({ ...lowHigh, how: z.string() }),
      monthlyEgress: z.object({ amount: maybe, gigabytes: amount, how: z.string() }),
      monthly: z.object(lowHigh),
      source,
    }),
  ),
  services: z.array(z.object({ name: z.string(), monthly: maybe, how: z.string(), source })),
  notes: z.array(z.string()),
});

const result = {
  status,
  knee,
  constraint: constraint.nullable(),
  evidence: z.array(z.string()),
  also: z.array(finding),
  curve: z.array(point),
  noise: z.array(z.string()),
};

/** The shape of capacity.json, for whoever reads it back: `capacity.schema.json` says the same. More keys may stand beside these. */
export const capacitySchema = z
  .object({
    schemaVersion: z.literal(CAPACITY_SCHEMA_VERSION),
    runId: z.string(),
    answer: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: amount.nullable(),
    harness: z.object({ turnlab: z.string(), node: z.string(), cpus: count }),
    server: z.object({
      file: z.string(),
      image: z.object({ reference: z.string(), id: z.string() }).nullable(),
      version: z.string().nullable(),
    }),
    size,
    call,
    limits,
    room,
    ...result,
    model: model.nullable(),
    prediction: z.array(prediction),
    others: z.array(z.object({ name: z.string(), size, call, ...result })),
    plan: plan.nullable(),
    notes: z.array(z.string()),
  })
  .meta({ title: "capacity.json", description: "What turnlab capacity says of a TURN server." });

/** With every key that may be missing, so that none is forgotten. */
type Whole<T> = T extends readonly (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

/** Types that the compiler holds against each other: a report that changes takes its schema along. */
type Agrees<A extends B, B> = A;
export type CapacityJson = Agrees<z.infer<typeof capacitySchema>, CapacityReport> &
  Agrees<Whole<z.infer<typeof capacitySchema>>, Whole<CapacityReport>> &
  Agrees<Whole<CapacityReport>, Whole<z.infer<typeof capacitySchema>>>;

/** As it stands in capacity.schema.json. */
export function capacityJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(capacitySchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}
