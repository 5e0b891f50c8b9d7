import { isAbsolute, relative, resolve, sep } from "node:path";
import type { GateReport } from "../../lab/model/gate.ts";
import { describePlace } from "./gate-words.ts";
import { type Annotation, gateAnnotation, renderAnnotations } from "./github-annotations.ts";

/** GitHub shows no more than ten errors, warnings and notices of a step each. */
const MAX_OF_A_SEVERITY = 10;

/** Where files are: `cwd` is what their names start from, `root` what the annotation's must. */
export type Places = { root: string; cwd: string };

/**
 * GitHub's workflow commands for a gate's findings, as many as it shows, the report's first ones. On the line of the file where it lies
 * in the repository, else with the place in the text.
 */
export function renderGateAnnotations({ findings }: Pick<GateReport, "findings">, places: Places): string {
  // What fails nothing and has no line would stand at the top of the file in every pull request.
  const worth = findings.filter(({ verdict, place }) => verdict === "fails" || place.line !== null);
  const annotations = worth.map((finding): Annotation => {
    const annotation = gateAnnotation(finding);
    const file = inRepository(finding.place.file, places);
    const message = file === null ? `${annotation.message}\n${describePlace(finding)}` : annotation.message;
    return { ...annotation, file, message };
  });
  const counts = new Map<string, number>();
  const shown = annotations.filter(({ severity }) => {
    const count = (counts.get(severity) ?? 0) + 1;
    counts.set(severity, count);
    return count <= MAX_OF_A_SEVERITY;
  });
  return renderAnnotations(shown);
}

/** The path from the repository's root, with slashes; null where the file lies outside. */
export function inRepository(file: string, { root, cwd }: Places): string | null {
  const path = relative(root, resolve(cwd, file));
  return path === "" || path.startsWith("..") || isAbsolute(path) ? null : path.split(sep).join("/");
}
