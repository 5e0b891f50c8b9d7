import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { CapacityCourse, CapacityReport } from "../../lab/model/capacity-report.ts";
import { replaceFile } from "../write-reports.ts";
import { renderCapacityHtml } from "./html/capacity-html.ts";
import { CAPACITY_RENDERERS } from "./index.ts";

/** The files of a capacity run, in its folder. */
export const CAPACITY_FILES = { json: "capacity.json", markdown: "capacity.md", html: "capacity.html" } as const;

/** No file has colours or a width. */
const NO_SCREEN = { color: false, width: 100 };

/** Writes every file of a capacity run into its folder, each replaced in one step. */
export function writeCapacityReports(runDir: string, report: CapacityReport, courses: readonly CapacityCourse[]): void {
  mkdirSync(runDir, { recursive: true });
  for (const format of ["json", "markdown"] as const) {
    replaceFile(join(runDir, CAPACITY_FILES[format]), CAPACITY_RENDERERS[format](report, NO_SCREEN));
  }
  replaceFile(join(runDir, CAPACITY_FILES.html), renderCapacityHtml(report, courses));
}
