import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "vitest";

const schema = () => readFileSync(new URL("summary.schema.json", import.meta.url), "utf8");

/** Holds a summary against the schema that is published beside it. */
export function expectSummary(summary: unknown): void {
  const validate = new Ajv2020({ formats: { "date-time": true } }).compile(JSON.parse(schema()));
  validate(summary);
  expect(validate.errors).toBeNull();
}
