import * as z from "zod";
import { FAILURES } from "../model/failure.ts";
import type { TurnTransport } from "../model/ice.ts";
import type { ExecutorName, Load, Traffic } from "../model/load.ts";
import type { MetricName } from "../model/metrics.ts";
import { METRICS } from "../model/metrics.ts";
import type { NatBehaviour, NatPresetName } from "../model/nat.ts";
import { NAT_BEHAVIOURS, NAT_PRESETS } from "../model/nat.ts";
import type { Role, Scenario } from "../model/scenario.ts";
import type { IceServerRef, PeerSpec, RouterSpec, Topology, TurnServerSpec } from "../model/topology.ts";

/**
 * The structure of a scenario: keys, types and ranges that need no second look elsewhere.
 * Each `satisfies` breaks the type check when lab/model gains or loses a key.
 */
type Keys<T> = Record<keyof T, z.ZodType>;

const text = z.string().min(1);
const whole = (min: number, max: number) => z.int().min(min).max(max);
const keysOf = <K extends string>(object: Record<K, unknown>) => Object.keys(object) as [K, ...K[]];

const natBehaviour = z.strictObject({
  mapping: z.enum(NAT_BEHAVIOURS),
  filtering: z.enum(NAT_BEHAVIOURS),
  portAllocation: z.enum(["preserving", "random"]),
  udp: z.enum(["translated", "blocked"]),
} satisfies Keys<NatBehaviour>);

const router = z.strictObject({
  nat: z.union([z.enum(keysOf<NatPresetName>(NAT_PRESETS)), natBehaviour]),
  upstream: z.string().optional(),
} satisfies Keys<RouterSpec>);

const turnServer = z.strictObject({
  publicAddress: z.string().optional(),
  hostname: z.string().optional(),
  realm: text.optional(),
  credential: z.strictObject({ username: text, password: text }).optional(),
  options: z.record(text, z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])).optional(),
} satisfies Keys<TurnServerSpec>);

const iceServer = z.union([
  z.string(),
  z.strictObject({
    server: z.string(),
    urls: z.array(z.enum(["stun", "udp", "tcp", "tls"])).min(1),
  } satisfies Keys<Exclude<IceServerRef, string>>),
]);

const peer = z.strictObject({
  behind: z.string(),
  iceServers: z.array(iceServer),
  transportPolicy: z.enum(["all", "relay"]).optional(),
} satisfies Keys<PeerSpec>);

const EXECUTORS = ["per-vu-iterations", "shared-iterations"] as const satisfies readonly ExecutorName[];

// Not a union by executor: a misspelt one would hide the faults beside it.
const load = z.strictObject({
  executor: z.enum(EXECUTORS),
  vus: whole(1, 10_000),
  iterations: whole(1, 10_000),
} satisfies Keys<Load>);

const traffic = z.strictObject({
  messageBytes: whole(16, 60_000),
  messagesPerSecond: z.number().positive().max(10_000),
  durationMs: z.number().positive().max(3_600_000),
} satisfies Keys<Traffic>);

const expressions = z.array(z.string()).min(1).optional();
const thresholds = z.strictObject(
  Object.fromEntries(keysOf<MetricName>(METRICS).map((name) => [name, expressions])) as Record<
    MetricName,
    typeof expressions
  >,
);

const transport = z.enum(["udp", "tcp", "tls"] satisfies TurnTransport[]);
const expectedTransport = z.union([
  transport,
  z.strictObject({
    offerer: transport.optional(),
    answerer: transport.optional(),
  } satisfies Keys<Record<Role, TurnTransport>>),
]);

export const scenarioSchema = z.strictObject({
  description: text,
  tags: z.array(text).optional(),
  topology: z.strictObject({
    routers: z.record(z.string(), router).optional(),
    turnServers: z.record(z.string(), turnServer).optional(),
  } satisfies Keys<Topology>),
  peers: z.strictObject({ offerer: peer, answerer: peer } satisfies Keys<Record<Role, PeerSpec>>),
  load,
  traffic: traffic.optional(),
  expectedPath: z.enum(["local", "direct", "relayed", "none"]).optional(),
  expectedFailure: z.enum(keysOf(FAILURES)).optional(),
  expectedTransport: expectedTransport.optional(),
  thresholds: thresholds.optional(),
  sessionTimeoutMs: whole(1000, 600_000).optional(),
  exclusive: z.boolean().optional(),
} satisfies Keys<Required<Scenario>>);
