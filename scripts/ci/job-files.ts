import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** Where a gate of a job writes: the run's own folder, the summary, and what GitLab collects. */
export function jobFiles(folder: string) {
  return {
    run: join(folder, "run"),
    baseline: join(folder, "baseline"),
    summary: join(folder, "summary.md"),
    codeQuality: join(folder, "gl-code-quality-report.json"),
    images: join(folder, "images.tar"),
  };
}

/** Step outputs (docs.github.com, "Workflow commands": GITHUB_OUTPUT); without such a file they are printed. */
export function writeOutputs(outputs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv): void {
  const lines = Object.entries(outputs).map(([name, value]) => `${name}=${value.replaceAll(/[\r\n]+/g, " ")}\n`);
  if (env.GITHUB_OUTPUT) appendFileSync(env.GITHUB_OUTPUT, lines.join(""));
  else process.stdout.write(lines.join(""));
}

/** Adds to the page of the job (GITHUB_STEP_SUMMARY); elsewhere there is none. */
export function addToSummary(markdown: string, env: NodeJS.ProcessEnv): void {
  if (env.GITHUB_STEP_SUMMARY) appendFileSync(env.GITHUB_STEP_SUMMARY, `${markdown.trimEnd()}\n\n`);
}
