import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { aReport, evidenceOf } from "./example-gate.ts";
import { gateSchema } from "./gate-schema.ts";
import { writeGateReports } from "./write-gate-reports.ts";

it("writes all files, and nothing else stays", () => {
  const folder = mkdtempSync(join(tmpdir(), "turnlab-gate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeGateReports(folder, aReport(), evidenceOf(aReport()));
  writeGateReports(folder, aReport({ verdict: "another" }), evidenceOf(aReport()));
  expect(readdirSync(folder).sort()).toEqual(["gate.html", "gate.json", "gate.junit.xml", "gate.md"]);
  const report = gateSchema.parse(JSON.parse(readFileSync(join(folder, "gate.json"), "utf8")));
  expect(report.verdict).toBe("another");
});
