import { z } from "zod";
import { SUMMARY_SCHEMA_VERSION, type Summary } from "../../lab/model/summary.ts";

/** As much of summary.json as tells it from other files, and as what is compared stands on. */
const summarySchema = z.object({
  schemaVersion: z.literal(SUMMARY_SCHEMA_VERSION),
  runId: z.string(),
  status: z.enum(["passed", "failed", "errored", "interrupted"]),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nullable(),
  harness: z.object({ turnlab: z.string(), node: z.string(), cpus: z.number() }),
  engine: z.object({ version: z.string(), kernel: z.string(), cpus: z.number() }),
  scenarios: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      sessions: z.object({
        started: z.number(),
        connected: z.number(),
        failed: z.number(),
        dropped: z.number(),
      }),
      metrics: z.record(z.string(), z.object({ count: z.number() })),
      messageDelivery: z.object({ sent: z.number(), received: z.number() }),
      failures: z.record(z.string(), z.number()),
      turnServers: z.record(z.string(), z.object({ cpuPercent: z.object({ max: z.number().nullable() }) }).nullable()),
      peers: z.record(z.string(), z.object({ engine: z.string() })),
      thresholds: z.array(z.object({ metric: z.string(), expression: z.string(), verdict: z.string() })),
    }),
  ),
});

/** A run's summary, or why this text is none. */
export function readSummary(text: string): { summary: Summary } | { fault: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { fault: `no JSON (${error instanceof Error ? error.message : String(error)})` };
  }
  const { success, error } = summarySchema.safeParse(json);
  // What the schema does not name stands beside it, as this version writes it.
  if (success) return { summary: json as Summary };
  const version = typeof json === "object" && json !== null && "schemaVersion" in json ? json.schemaVersion : undefined;
  if (version !== undefined && version !== SUMMARY_SCHEMA_VERSION)
    return { fault: `expected schemaVersion ${SUMMARY_SCHEMA_VERSION}, found ${JSON.stringify(version)}` };
  const [first] = error.issues;
  return { fault: `no summary of a run (${first ? `${first.path.join(".")}: ${first.message}` : "not read"})` };
}
