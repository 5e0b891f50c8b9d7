import { expect, it } from "vitest";
import { exampleRun } from "./example-run.ts";
import { summarize } from "./summarize.ts";
import { summaryJsonSchema, summarySchema } from "./summary-schema.ts";

it("is what summary.schema.json says", async () => {
  await expect(summaryJsonSchema()).toMatchFileSnapshot("summary.schema.json");
});

it("refuses a summary whose contract is broken", () => {
  const summary = JSON.parse(JSON.stringify(summarize(exampleRun()))) as Record<string, unknown>;
  expect(summarySchema.safeParse(summary).success).toBe(true);
  for (const broken of [
    { ...summary, schemaVersion: 2 },
    { ...summary, status: "green" },
    { ...summary, scenarios: [{ name: "a" }] },
    Object.fromEntries(Object.entries(summary).filter(([key]) => key !== "engine")),
  ])
    expect(summarySchema.safeParse(broken).success).toBe(false);
});
