import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { atExit } from "../lab/runtime/at-exit.ts";
import { ensureEngine } from "../lab/runtime/engine.ts";
import { IMAGE_NAMES } from "../lab/runtime/image-ref.ts";
import { ensureImages } from "../lab/runtime/images.ts";
import { STATE_FOLDER } from "../lab/runtime/node-binary.ts";
import { screenOf } from "./screen.ts";

type Tally = { passed: number; failed: number; skipped: readonly string[] };

/**
 * `turnlab test`: lint, types, unit tests, tests on a real engine; all of them, also when one fails. Lint and types count
 * as one check each. The last line is `N passed, N failed`, with `, N skipped` where that was so and the skipped above it.
 */
export async function testCommand(filters: readonly string[]): Promise<number> {
  const plain = Boolean(process.env.CI) || !screenOf(process.stdout).color;
  await provideDocker();
  const lint = await runTool("lint", "@biomejs/biome/bin/biome", ["check", plain ? "--colors=off" : "--colors=force"]);
  const typesOf = (project: string) =>
    runTool("types", "typescript/bin/tsc", ["--noEmit", "--project", project, "--pretty", String(!plain)]);
  // What runs in a page is checked against a browser, a k6 script against k6, all else against Node.
  const types = (await typesOf(".")) && (await typesOf("lab/peer/page")) && (await typesOf("scenarios/k6"));
  const tests = await runTests(filters, plain);
  const checks = [lint, types];
  const passed = tests.passed + checks.filter(Boolean).length;
  const failed = tests.failed + checks.filter((good) => !good).length;
  process.stdout.write(renderTally({ passed, failed, skipped: tests.skipped }));
  return failed === 0 ? 0 : 1;
}

/** The docker tests need both; what cannot be provided is said here, and fails those tests. */
async function provideDocker(): Promise<void> {
  const say = (line: string) => void process.stderr.write(`turnlab: ${line}\n`);
  try {
    await ensureImages(await ensureEngine(say), IMAGE_NAMES, say);
  } catch (error) {
    say((error as Error).message);
  }
}

async function runTests(filters: readonly string[], plain: boolean): Promise<Tally> {
  const file = join(STATE_FOLDER, "test-results.json");
  mkdirSync(STATE_FOLDER, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const good = await runTool("tests", "vitest/vitest.mjs", ["run", ...reporters, ...filters], {
    TURNLAB_REQUIRE_DOCKER: "1",
    ...(plain ? { NO_COLOR: "1", FORCE_COLOR: undefined } : {}),
  });
  return tally(existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as TestResults) : null, good);
}

type TestResults = { testResults: { status: string; assertionResults: TestResult[] }[] };
type TestResult = { status: string; fullName: string };

/** A file that broke before its first test, and a run that broke beside its tests, count as one failure each. */
export function tally(results: TestResults | null, isGood: boolean): Tally {
  const files = results?.testResults ?? [];
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const broken = files.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  const failed = tests.filter(({ status }) => status === "failed").length + broken.length;
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  return { passed, failed: failed === 0 && !isGood ? 1 : failed, skipped: skipped.map(({ fullName }) => fullName) };
}

/** The names of skipped tests say why: `… [skipped: REASON]`. */
export function renderTally({ passed, failed, skipped }: Tally): string {
  const counts = `${passed} passed, ${failed} failed`;
  if (skipped.length === 0) return `\n${counts}\n`;
  return `\nskipped\n${skipped.map((name) => `  ${name}\n`).join("")}\n${counts}, ${skipped.length} skipped\n`;
}

/** Runs a tool of node_modules with this Node; its output is the user's. */
function runTool(
  title: string,
  module: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  process.stdout.write(`\n${title}\n`);
  const child = spawn(process.execPath, [join(PROJECT_ROOT, "node_modules", module), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...env },
    stdio: "inherit",
  });
  const left = atExit(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      left[Symbol.dispose]();
      resolve(code === 0);
    });
  });
}
