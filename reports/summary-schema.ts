import { z } from "zod";
import type { FailureCode } from "../lab/model/failure.ts";
import { METRICS, type TrendName } from "../lab/model/metrics.ts";
import { SUMMARY_SCHEMA_VERSION, type Summary } from "../lab/model/summary.ts";

const count = z.number().int().nonnegative();
const maybe = z.number().nullable();
const statistics = z.object({
  ...{ unit: z.string(), count, min: maybe, avg: maybe, med: maybe },
  ...{ "p(90)": maybe, "p(95)": maybe, "p(99)": maybe, max: maybe },
});
/** By a code of lab/model/failure.ts, of which there will be more. */
const codes = z.record(z.string(), count) as z.ZodType<Partial<Record<FailureCode, number>>>;
const share = z.number().min(0).max(1);
/** What others than this schema describe: parts that are the lab's own words, or of one kind of scenario alone. */
const open = z.record(z.string(), z.unknown());

const trends = Object.keys(METRICS).filter(
  (name) => METRICS[name as keyof typeof METRICS].type === "trend",
) as TrendName[];

const scenario = z.object({
  name: z.string(),
  description: z.string(),
  status: z.enum(["passed", "failed", "no_data", "errored", "skipped"]),
  reason: z.string().nullable(),
  durationMs: maybe,
  endedEarly: z.object({ threshold: z.string(), afterMs: maybe }).nullable(),
  expectedPath: z.enum(["local", "direct", "relayed", "none"]).nullable(),
  expectedFailure: z.string().nullable(),
  cells: z
    .array(
      z.object({
        ...{ table: z.string(), row: z.string(), column: z.string(), session: count.nullable() },
        expected: z.enum(["local", "direct", "relayed", "none"]),
        observed: z.enum(["local", "direct", "relayed", "none"]).nullable(),
        status: z.enum(["passed", "explained", "failed", "no_data"]),
        reason: z.string().nullable(),
      }),
    )
    .nullable(),
  allocations: open.nullable(),
  legend: z.array(z.object({ label: z.string(), description: z.string() })).nullable(),
  sessions: z.object({ started: count, connected: count, failed: count, dropped: count }),
  successRate: z.object({ value: share.nullable(), ci95: z.tuple([share, share]).nullable() }),
  metrics: z.object(
    Object.fromEntries(trends.map((name) => [name, statistics])) as Record<TrendName, typeof statistics>,
  ),
  submetrics: z.record(z.string(), open),
  unfinishedGathers: count,
  messageDelivery: z.object({ sent: count, received: count, skipped: count }),
  droppedIterations: count,
  paths: z.object({ local: count, direct: count, relayed: count }),
  pairs: z.record(z.string(), count),
  failures: codes,
  causes: codes,
  violations: z.record(z.string(), count),
  firstPairs: z.object({ engine: z.string(), sessions: count }).nullable(),
  examples: z.array(z.object({ session: count, code: z.string(), message: z.string(), diagnosis: open.nullable() })),
  turnServers: z.record(z.string(), open.nullable()),
  turnConfigs: z.record(z.string(), open),
  routers: z.record(
    z.string(),
    z.object({ expected: open, observed: open, mismatches: z.array(z.string()), isLifetimeOpen: z.boolean() }),
  ),
  iceServerApis: z.record(z.string(), open),
  allocationsCut: z.record(z.string(), count),
  evidence: z.array(open),
  dropped: z.record(z.string(), open),
  links: z.array(open),
  silences: z.object({ total: count, recovered: count }),
  changes: z.array(z.object({ change: open, atMs: maybe, aftermath: open.nullable() })),
  containerDeaths: z.array(z.object({ node: z.string(), exitCode: maybe, oomKilled: z.boolean() })),
  lab: z.record(z.string(), z.object({ cpuPercent: statistics, memoryBytes: statistics })),
  peers: z.record(z.string(), open),
  media: z.array(open),
  thresholds: z.array(
    z.object({
      ...{ metric: z.string(), expression: z.string(), observed: maybe },
      verdict: z.enum(["passed", "failed", "no_data"]),
    }),
  ),
});

/** The shape of summary.json, for whoever reads it; `summary.schema.json` says the same. More keys may stand beside these. */
export const summarySchema = z
  .object({
    schemaVersion: z.literal(SUMMARY_SCHEMA_VERSION),
    runId: z.string(),
    status: z.enum(["passed", "failed", "errored", "interrupted"]),
    startedAt: z.iso.datetime(),
    durationMs: maybe,
    harness: z.object({ turnlab: z.string(), node: z.string(), cpus: count }),
    engine: z.object({ version: z.string(), kernel: z.string(), cpus: count }),
    uplink: open.nullable(),
    scenarios: z.array(scenario),
    agreement: z.array(open),
  })
  .meta({ title: "summary.json", description: "What turnlab run found, scenario by scenario." });

/** The compiler's hold: a summary has every key that is promised here, and this has every key of a summary. */
type Keys<T> = { [K in keyof T]-?: true };
type Agrees<A extends B, B> = A;
type Read = z.infer<typeof summarySchema>;
export type SummaryKeys = Agrees<Keys<Summary>, Keys<Read>> &
  Agrees<Keys<Read>, Keys<Summary>> &
  Agrees<Keys<Summary["scenarios"][number]>, Keys<Read["scenarios"][number]>> &
  Agrees<Keys<Read["scenarios"][number]>, Keys<Summary["scenarios"][number]>>;

/** As it stands in summary.schema.json. */
export function summaryJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(summarySchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}
