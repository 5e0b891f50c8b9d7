import type { CheckReport } from "../../lab/model/check-report.ts";
import { inRepository, type Places } from "./gate-annotations.ts";
import { checkAnnotation, renderAnnotations } from "./github-annotations.ts";

/** GitHub's workflow commands for a check's findings: all of them, since a job's log has no other text of it. */
export function renderCheckAnnotations({ findings }: CheckReport, places: Places): string {
  const annotations = findings.map((finding) => {
    const annotation = checkAnnotation(finding);
    const file = inRepository(finding.file, places);
    const place = `${finding.file}${finding.line === null ? "" : `:${finding.line}`}`;
    return { ...annotation, file, message: file === null ? `${annotation.message}\n${place}` : annotation.message };
  });
  return renderAnnotations(annotations);
}
