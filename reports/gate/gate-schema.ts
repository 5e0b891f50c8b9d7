import { z } from "zod";
import type { CheckFinding } from "../../lab/model/check.ts";
import { CHECK_SEVERITIES } from "../../lab/model/check.ts";
import type { FailureCode } from "../../lab/model/failure.ts";
import {
  DIFFERENCE_METRICS,
  type DifferenceMetric,
  GATE_LAYERS,
  GATE_SCHEMA_VERSION,
  type GateReport,
} from "../../lab/model/gate.ts";
import { CLIENT_NETWORKS, type ClientNetwork } from "../../lab/model/gate-profile.ts";
import { PROBE_GROUPS, type ProbeGroup } from "../../lab/model/probe.ts";
import type { RawIceServer } from "../../lab/model/topology.ts";

const count = z.number().int().nonnegative();
const durationMs = z.number().nonnegative();
const maybe = z.number().nullable();
const severity = z.enum(CHECK_SEVERITIES) satisfies z.ZodType<CheckFinding["severity"]>;
const network = z.enum(keysOf(CLIENT_NETWORKS)) satisfies z.ZodType<ClientNetwork>;
/** By failure code (lab/model/failure.ts), of which there will be more. */
const codes = z.record(z.string(), count) as z.ZodType<Partial<Record<FailureCode, number>>>;
const protocol = z.enum(["udp", "tcp"]);
const layer = z.enum(GATE_LAYERS);

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

const tally = z.object({
  calls: count,
  succeeded: count,
  rate: z.number().min(0).max(1).nullable(),
  decision: z.enum(["good", "bad", "undecided"]),
  failures: codes,
  causes: codes,
  connectTime: statistics,
});

const cell = z.object({
  id: z.string(),
  network,
  who: z.string(),
  urls: z.array(z.string()),
  far: z.enum(["any", "relayed"]),
  option: z.string().nullable(),
  username: z.string().optional(),
  candidate: tally,
  baseline: tally.nullable(),
  verdict: z.enum(["passed", "failed", "already_there", "undecided"]),
});

const difference = z.object({
  metric: z.enum(keysOf(DIFFERENCE_METRICS)) satisfies z.ZodType<DifferenceMetric>,
  unit: z.string(),
  baseline: maybe,
  candidate: maybe,
  change: maybe,
  interval: z.tuple([z.number(), z.number()]).nullable(),
  isSettled: z.boolean(),
  confidence: z.number().min(0).max(1),
  margin: z.number().nonnegative(),
  rounds: count,
  verdict: z.enum(["none", "within", "better", "worse", "undecided"]),
});

const told = z.object({
  key: z.string(),
  layer,
  rule: z.string(),
  severity,
  verdict: z.enum(["fails", "already_there", "noted"]),
  place: z.object({ file: z.string(), line: z.number().int().positive().nullable() }),
  option: z.string().nullable(),
  affects: z.string(),
  what: z.string(),
  reason: z.string(),
  fix: z.string().nullable(),
  evidence: z.array(z.string()),
});

const finding = told.extend({ also: z.array(told) });

const server = z.object({
  file: z.string(),
  image: z.object({ reference: z.string(), id: z.string().nullable() }).nullable(),
  version: z.string().nullable(),
});

const probe = z.object({
  id: z.string(),
  group: z.enum(keysOf(PROBE_GROUPS)) satisfies z.ZodType<ProbeGroup>,
  title: z.string(),
  url: z.string().nullable(),
  expected: z.string(),
  observed: z.string(),
  verdict: z.enum(["ok", "weak", "not-asked", "unclear"]),
  severity,
  reason: z.string(),
  fix: z.string().nullable(),
  affects: z.string().nullable(),
  option: z.string().nullable(),
  hasReached: z.boolean().nullable(),
  why: z.string().optional(),
  measured: z.record(z.string(), z.number()).optional(),
  durationMs,
});

const profile = z.object({
  networks: z.array(network),
  // Nothing else of an entry is written: gate-json.ts.
  iceServers: z.array(z.strictObject({ urls: z.union([z.string(), z.array(z.string())]) })),
  concurrentCalls: count,
  bitsPerSecond: z.number().nonnegative(),
  credentialLifetimeS: maybe,
  callSeconds: z.number().nonnegative(),
  peerAddresses: z.array(z.string()),
  firewall: z.array(z.union([protocol, z.templateLiteral([protocol, ":", z.string()])])).optional(),
  limits: z.object({
    successRate: z.object({ bad: z.number(), good: z.number() }),
    connectTimeMs: durationMs,
    errorRate: z.object({ pass: z.number(), fail: z.number() }),
    margin: z.number().nonnegative(),
    budgetMs: durationMs,
  }),
  rules: z.record(z.string(), z.enum([...CHECK_SEVERITIES, "off"])),
});

/** The shape of gate.json, for whoever reads it back: `gate.schema.json` says the same. More keys may stand beside these. */
export const gateSchema = z
  .object({
    schemaVersion: z.literal(GATE_SCHEMA_VERSION),
    runId: z.string(),
    status: z.enum(["passed", "failed", "undecided", "errored", "interrupted"]),
    verdict: z.string(),
    startedAt: z.iso.datetime(),
    durationMs: durationMs.nullable(),
    harness: z.object({ turnlab: z.string(), node: z.string(), cpus: count }),
    strict: z.boolean(),
    leftOut: z.array(layer),
    candidate: server,
    baseline: server.nullable(),
    profile,
    end: z.enum(["decided", "certain_failure", "budget", "interrupted", "bad_baseline", "broke"]),
    layers: z.record(layer, z.object({ durationMs }).nullable()),
    findings: z.array(finding),
    cells: z.array(cell),
    differences: z.array(difference),
    probes: z.object({ candidate: z.array(probe), baseline: z.array(probe) }),
    notes: z.array(z.string()),
  })
  .meta({ title: "gate.json", description: "What turnlab gate says of a TURN server's config." });

/** With every key that may be missing, so that none is forgotten. */
type Whole<T> = T extends readonly (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;
type Written = Omit<GateReport, "profile"> & {
  profile: Omit<GateReport["profile"], "iceServers"> & { iceServers: Pick<RawIceServer, "urls">[] };
};

/** Types that the compiler holds against each other: a report that changes takes its schema along. */
type Agrees<A extends B, B> = A;
export type GateJson = Agrees<z.infer<typeof gateSchema>, GateReport> &
  Agrees<Whole<z.infer<typeof gateSchema>>, Whole<Written>> &
  Agrees<Whole<Written>, Whole<z.infer<typeof gateSchema>>>;

/** As it stands in gate.schema.json. */
export function gateJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(gateSchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): [K, ...K[]] {
  return Object.keys(record) as [K, ...K[]];
}
