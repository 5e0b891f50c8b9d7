import { z } from "zod";

/** compare.json. These keys are a contract with other programs; more may stand beside them. */
export const COMPARISON_SCHEMA_VERSION = 1;

const count = z.number().int().nonnegative();
const maybe = z.number().nullable();
const words = z.string();
const interval = z.tuple([z.number(), z.number()]).nullable();

const machine = z.object({
  cpus: count,
  /** Null where only a summary was given. */
  memoryBytes: maybe,
  architecture: words.nullable(),
});

const run = z.object({
  name: words,
  runId: words,
  startedAt: z.iso.datetime(),
  durationMs: maybe,
  status: z.enum(["passed", "failed", "errored", "interrupted"]),
  /** A summary has neither samples nor definitions. */
  source: z.enum(["log", "summary"]),
  machine,
  versions: z.record(words, words),
  scenarios: z.array(words),
});

/** Something that a run was made with. Null: it is not there, or not told. */
const setupChange = z.object({
  kind: z.enum(["version", "machine", "scenario", "turnserver.conf"]),
  /** Those that it is of; empty: the whole run's. */
  scenarios: z.array(words),
  what: words,
  before: words.nullable(),
  after: words.nullable(),
});

const figure = z.object({
  /** `session_success`, `connect_time med`, `turn: CPU for a call`. */
  name: words,
  kind: z.enum(["share", "time", "load"]),
  unit: words,
  before: maybe,
  after: maybe,
  samples: z.object({ before: count, after: count }),
  /** After less before. */
  difference: maybe,
  /** Of the difference, 95 %, by chance among the calls of both runs. Null: too few, or one figure a run. */
  interval,
  /** By how much two runs of one set-up may differ, 95 %, from those given that were repeated. Null: none was. */
  repeats: maybe,
  /** What would have been shown in four of five such comparisons. Null where there is no interval. */
  leastShown: maybe,
  verdict: z.enum(["higher", "lower", "none_shown", "not_told", "not_comparable"]),
  /** What a difference that was shown means to a user; null where none was, or where it means neither. */
  meaning: z.enum(["better", "worse"]).nullable(),
  /** Why nothing is told. */
  note: words.nullable(),
});

const statusPair = z.object({ before: words.nullable(), after: words.nullable() });

const scenario = z.object({
  name: words,
  status: statusPair,
  thresholds: z.array(
    z.object({
      metric: words,
      expression: words,
      before: z.object({ observed: maybe, verdict: words }).nullable(),
      after: z.object({ observed: maybe, verdict: words }).nullable(),
    }),
  ),
  /** Of a grid: how many it has, and those that came to something else. */
  cells: z
    .object({
      total: count,
      changed: z.array(
        z.object({ table: words, row: words, column: words, before: words.nullable(), after: words.nullable() }),
      ),
    })
    .nullable(),
  /** How many failed or were dropped for what. */
  failures: z.array(z.object({ code: words, before: count, after: count })),
  /** Quantiles of connect_time in steps of 2.5 %, from the least to the most, ms. Null: no samples. */
  connectTimes: z.object({ before: z.array(z.number()).nullable(), after: z.array(z.number()).nullable() }),
  figures: z.array(figure),
});

const comparison = z.object({
  run: words,
  /** Timings and load may be held against each other. */
  isSameMachine: z.boolean(),
  setup: z.array(setupChange),
  scenarios: z.array(scenario),
  onlyBefore: z.array(words),
  onlyAfter: z.array(words),
});

const point = z.object({
  run: words,
  status: words,
  success: z.object({ successes: count, finished: count, rate: maybe, ci95: interval }),
  connectTime: z.object({ count, min: maybe, p25: maybe, med: maybe, p75: maybe, p95: maybe, max: maybe }),
  servers: z.record(words, z.object({ cpuMsPerCall: maybe, memoryMaxBytes: maybe })),
});

/** The shape of compare.json, for whoever reads it back: `compare.schema.json` says the same. */
export const comparisonSchema = z
  .object({
    schemaVersion: z.literal(COMPARISON_SCHEMA_VERSION),
    /** The run that all others are held against. */
    baseline: words,
    confidence: z.literal(0.95),
    /** In the order of time. */
    runs: z.array(run),
    skipped: z.array(z.object({ run: words, reason: words })),
    comparisons: z.array(comparison),
    /** In the order of time: what a run was made with that the one before was not. */
    marks: z.array(z.object({ run: words, setup: z.array(setupChange) })),
    /** By scenario, in the order of time. */
    trends: z.array(z.object({ scenario: words, points: z.array(point) })),
    notes: z.array(words),
  })
  .meta({ title: "compare.json", description: "What turnlab compare says of several runs." });

export type Comparison = z.infer<typeof comparisonSchema>;
export type ComparedRun = z.infer<typeof run>;
export type RunComparison = z.infer<typeof comparison>;
export type ScenarioComparison = z.infer<typeof scenario>;
export type SetupChange = z.infer<typeof setupChange>;
export type Figure = z.infer<typeof figure>;
export type TrendPoint = z.infer<typeof point>;
export type Machine = z.infer<typeof machine>;

/** As it stands in compare.schema.json. */
export function comparisonJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(comparisonSchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}
