import { relative } from "node:path";
import { diagnose } from "../lab/diagnose/diagnose.ts";
import { readEvidence } from "../lab/evidence/read-evidence.ts";
import { EvidenceError } from "../lab/evidence/reader.ts";
import type { Evidence } from "../lab/model/evidence.ts";
import { FAILURES } from "../lab/model/failure.ts";
import { EXIT, type ScenarioSummary } from "../lab/model/summary.ts";
import { callOutcome } from "../lab/reproduce/call-outcome.ts";
import { infer } from "../lab/reproduce/infer-network.ts";
import { labCalls } from "../lab/reproduce/lab-calls.ts";
import { renderScenario } from "../lab/reproduce/render-scenario.ts";
import { compareWithField } from "../lab/reproduce/same-way.ts";
import { buildable, type WrittenScenario, writeScenario } from "../lab/reproduce/write-scenario.ts";
import { newRunId } from "../lab/run.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { scenarioName } from "../lab/scenario/load-scenario.ts";
import { checkEnvironment } from "./environment.ts";
import { loadEvidenceFiles } from "./evidence-files.ts";
import type { Interrupt } from "./interruptible.ts";
import { InvalidInput } from "./invalid-input.ts";
import { describeFindings, describeRun, describeScenario } from "./reproduce-words.ts";
import { type Findings, REPRODUCTION_SCHEMA_VERSION, type Reproduction } from "./reproduction.ts";
import { carryOut } from "./run.ts";
import { chooseRunFolder } from "./run-folder.ts";
import { checkScenarioFile, chooseScenarioFile, importOfLab, writeNewFile } from "./scenario-file.ts";
import { screenOf } from "./screen.ts";
import { selectScenarios } from "./select.ts";

export type ReproduceOptions = { out?: string; runFolder?: string; run: boolean; fix?: boolean; json?: boolean };

/** `turnlab reproduce`: files of a call that failed in; why, a scenario that fails like it, and whether it does, out. */
export async function reproduceCommand(
  paths: readonly string[],
  options: ReproduceOptions,
  interrupt: Interrupt,
): Promise<number> {
  const runId = newRunId();
  const folder = options.run ? chooseRunFolder(options.runFolder, runId) : null;
  checkScenarioFile(options.out);
  if (options.run) checkEnvironment();
  const { evidence, findings } = read(paths);
  const { width } = screenOf(process.stdout);
  const say = (text: string) => void (options.json || process.stdout.write(text));
  say(describeFindings(findings, width));
  refuseWithoutFailure(evidence, findings);
  const diagnosis = buildable(findings.diagnoses);
  const written = diagnosis && writeScenario(evidence, findings.conclusions, diagnosis);
  const result: Reproduction = {
    schemaVersion: REPRODUCTION_SCHEMA_VERSION,
    ...findings,
    scenario: written && write(written, paths, options.out),
    run: null,
    repairs: null,
  };
  say(describeScenario(result, width));
  if (!diagnosis || !written || !result.scenario || !folder) return finish(result.scenario ? EXIT.passed : EXIT.failed);

  const { name, file } = result.scenario;
  const repairs = options.fix
    ? written.repairs.map((repair) => ({ ...repair, scenarioName: `fix-${repair.name}` }))
    : [];
  const scenarios = [
    ...(await selectScenarios([file])),
    ...repairs.map(({ scenarioName, scenario }) => ({ name: scenarioName, scenario })),
  ];
  const { summary, events } = await carryOut({ runId, scenarios, folder, outside: null }, {}, interrupt);
  const came = (of: string) => summary.scenarios.find((one) => one.name === of);
  const reason = whyWithout(came(name));
  const comparison = reason === null ? compareWithField(evidence, diagnosis, labCalls(events, name)) : null;
  result.run = { folder: folder.path, comparison, reason };
  if (options.fix) {
    result.repairs = repairs.map(({ name: repair, text, scenarioName }) => {
      const why = whyWithout(came(scenarioName));
      const passes = why === null ? came(scenarioName)?.status === "passed" : null;
      return { name: repair, text, passes, reason: why ?? (passes ? null : whyFailed(came(scenarioName))) };
    });
  }
  say(describeRun(result, width));
  if (summary.status === "interrupted") return finish(EXIT.interrupted);
  if (comparison === null || result.repairs?.every(({ passes }) => passes === null)) return finish(EXIT.labBroke);
  const isMended = result.repairs === null || result.repairs.some(({ passes }) => passes);
  return finish(comparison.isSame && isMended ? EXIT.passed : EXIT.failed);

  function finish(code: number): number {
    if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return code;
  }
}

/** @throws InvalidInput with what is wrong with each file, or why none of them is of a call that failed */
function read(paths: readonly string[]): { evidence: Evidence; findings: Findings } {
  const { evidence, otherCalls, files } = readFiles(paths);
  const { conclusions, unknown } = infer(evidence);
  const diagnoses = diagnose(evidence).map((one) => ({
    ...one,
    means: FAILURES[one.code].means,
    change: FAILURES[one.code].change,
  }));
  return { evidence, findings: { files, otherCalls: otherCalls.length, conclusions, diagnoses, unknown } };
}

function readFiles(paths: readonly string[]): ReturnType<typeof readEvidence> {
  try {
    return readEvidence(loadEvidenceFiles(paths));
  } catch (error) {
    if (error instanceof EvidenceError) throw new InvalidInput(error.message, { cause: error });
    throw error;
  }
}

/** @throws InvalidInput where there is nothing to reproduce, which says what would be */
function refuseWithoutFailure(evidence: Evidence, { diagnoses }: Findings): void {
  if (callOutcome(evidence) === "connected")
    throw new InvalidInput(
      "The call in this evidence connected, and did not fail: give what was kept of one that did.",
    );
  if (diagnoses.length > 0) return;
  const missing = evidence.ends.length === 0 ? "no peer connection" : "nothing that tells why a call failed";
  throw new InvalidInput(
    `Expected evidence of a call that failed, found ${missing}. A webrtc-internals or about:webrtc dump of either end tells most; ` +
      "the TURN server's log (verbose) or a capture beside it tells more.",
  );
}

function write(written: WrittenScenario, paths: readonly string[], out: string | undefined): Reproduction["scenario"] {
  const { code, scenario, notes } = written;
  const file = chooseScenarioFile(out, code);
  const name = scenarioName(file);
  // What is written must be a scenario, and each of its repairs too.
  for (const each of [scenario, ...written.repairs.map((repair) => repair.scenario)]) {
    const checked = checkScenario(each, name);
    if ("faults" in checked) throw new Error(`the scenario for ${code} is none: ${formatFaults(name, checked.faults)}`);
  }
  const head = [
    `Written by \`./turnlab reproduce\` from ${paths.length} file${paths.length === 1 ? "" : "s"}. Comments say which line of the evidence a part is from; what is assumed says so.`,
  ];
  writeNewFile(file, renderScenario(scenario, notes, { lab: importOfLab(file), head }));
  const assumed = notes.filter(({ isAssumed }) => isAssumed).map(({ at, text }) => `${at}: ${text}`);
  return { file: shown(file), name, code, assumed, definition: scenario };
}

/** As people would type it. */
const shown = (file: string) => {
  const path = relative(process.cwd(), file);
  return path.startsWith("..") ? file : `./${path}`;
};

/** Why there is no verdict on a scenario; null where there is one. */
function whyWithout(scenario: ScenarioSummary | undefined): string | null {
  if (!scenario) return "it did not start";
  const isJudged = scenario.status === "passed" || scenario.status === "failed";
  return isJudged ? null : (scenario.reason ?? scenario.status);
}

function whyFailed(scenario: ScenarioSummary | undefined): string {
  const { started = 0, connected = 0, dropped = 0 } = scenario?.sessions ?? {};
  const causes = Object.keys(scenario?.failures ?? {}).join(", ");
  const lost = dropped > 0 ? `, ${dropped} of them were lost` : "";
  return `${connected} of ${started} calls connected${lost}${causes === "" ? "" : `: ${causes}`}`;
}
