import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { GateEvidence, GateReport } from "../../lab/model/gate.ts";
import { replaceFile } from "../write-reports.ts";
import { renderGateHtml } from "./html/gate-html.ts";
import { GATE_RENDERERS } from "./index.ts";

/** The files of a gate, in its run's folder. */
export const GATE_FILES = {
  json: "gate.json",
  markdown: "gate.md",
  html: "gate.html",
  junit: "gate.junit.xml",
} as const;

/** No file has colours or a width. */
const NO_SCREEN = { color: false, width: 100 };

/** Writes every file of a gate into its folder, each replaced in one step. */
export function writeGateReports(runDir: string, report: GateReport, evidence: GateEvidence): void {
  mkdirSync(runDir, { recursive: true });
  for (const format of ["json", "markdown", "junit"] as const) {
    replaceFile(join(runDir, GATE_FILES[format]), GATE_RENDERERS[format](report, NO_SCREEN));
  }
  replaceFile(join(runDir, GATE_FILES.html), renderGateHtml(report, evidence));
}
