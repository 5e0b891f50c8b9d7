/** For tests only: runs a composite action's steps as GitHub's runner does in a container job. */
import { randomUUID } from "node:crypto";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { parse } from "yaml";

type Step = {
  id?: string;
  name?: string;
  if?: string;
  run?: string;
  uses?: string;
  shell?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
  "continue-on-error"?: boolean;
};

type Action = {
  inputs: Record<string, { default?: string; required?: boolean }>;
  outputs: Record<string, { value: string }>;
  runs: { steps: Step[] };
};

type Outcome = "success" | "failure" | "skipped";

export type RanStep = {
  name: string;
  uses: string | null;
  with: Record<string, string>;
  outcome: Outcome;
  log: string;
};

/** A place to run in: the job's container. */
export type JobContainer = {
  exec(argv: string[], env: Record<string, string>): Promise<{ exitCode: number; log: string }>;
  write(path: string, text: string): Promise<void>;
  /** Empty where the file is not there. */
  read(path: string): Promise<string>;
};

/** Folders of a container job, as the runner mounts them (actions/runner: ContainerInfo, PathUtil). */
export const JOB_FOLDERS = {
  workspace: "/__w/turn/turn",
  temp: "/__w/_temp",
  action: "/__w/_actions/acme/turnlab/v1",
  home: "/github/home",
  workflow: "/github/workflow",
} as const;

type Run = {
  actionYaml: string;
  container: JobContainer;
  inputs: Record<string, string>;
  /** The job's own variables, GITHUB_… among them. */
  env: Record<string, string>;
  /** Of the `github` context, beside what belongs to the folders. */
  github: Record<string, string>;
  /** What steps that use other actions put out, by the action. */
  usesOutputs?: Record<string, Record<string, string>>;
};

/**
 * Runs what the steps `run`: with inputs' defaults, expressions evaluated by GitHub's own library, conditions, environment files, and
 * `bash --noprofile --norc -eo pipefail`. Steps that use other actions are not run: they succeed with the outputs that the test says, and
 * come back with what they would have been given.
 */
export async function runAction({ actionYaml, container, inputs, env, github, usesOutputs = {} }: Run) {
  const action = parse(actionYaml) as Action;
  const steps: Record<string, { outputs: Record<string, string>; outcome: Outcome; conclusion: Outcome }> = {};
  const ran: RanStep[] = [];
  let hasFailed = false;
  const contexts = {
    github: { ...github, action_path: "/home/runner/work/_actions/acme/turnlab/v1" },
    strategy: { "job-index": 0, "job-total": 1 },
    runner: { os: "Linux", temp: "/home/runner/work/_temp" },
    env,
    inputs: {} as Record<string, string>,
    steps,
  };
  const resolve = (text: string) => interpolate(text, contexts, hasFailed);
  for (const [name, { default: otherwise = "", required }] of Object.entries(action.inputs)) {
    if (required && inputs[name] === undefined) throw new Error(`input ${name} is missing`);
    contexts.inputs[name] = inputs[name] ?? resolve(String(otherwise));
  }
  for (const step of action.runs.steps) {
    const name = step.name ?? step.id ?? step.uses ?? "";
    const uses = step.uses ?? null;
    const given = mapValues(step.with ?? {}, (value) => resolve(String(value)));
    if (!isWanted(step.if, contexts, hasFailed)) {
      ran.push({ name, uses, with: given, outcome: "skipped", log: "" });
      if (step.id) steps[step.id] = { outputs: {}, outcome: "skipped", conclusion: "skipped" };
      continue;
    }
    let outcome: Outcome = "success";
    let log = "";
    let outputs = usesOutputs[uses?.split("@")[0] ?? ""] ?? {};
    if (step.run !== undefined) {
      if (step.shell !== "bash") throw new Error(`${name}: only bash is known here`);
      const id = randomUUID();
      const script = `${JOB_FOLDERS.temp}/${id}.sh`;
      const outputFile = `${JOB_FOLDERS.temp}/_runner_file_commands/set_output_${id}`;
      await container.write(script, resolve(step.run));
      await container.write(outputFile, "");
      const own = mapValues(step.env ?? {}, (value) => resolve(String(value)));
      const result = await container.exec(["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script], {
        ...env,
        ...own,
        GITHUB_OUTPUT: outputFile,
        GITHUB_ACTION_PATH: JOB_FOLDERS.action,
        RUNNER_TEMP: JOB_FOLDERS.temp,
      });
      log = result.log;
      outcome = result.exitCode === 0 ? "success" : "failure";
      outputs = parseOutputs(await container.read(outputFile));
    }
    const isForgiven = step["continue-on-error"] === true;
    if (outcome === "failure" && !isForgiven) hasFailed = true;
    if (step.id) steps[step.id] = { outputs, outcome, conclusion: isForgiven ? "success" : outcome };
    ran.push({ name, uses, with: given, outcome, log });
  }
  return { ran, outputs: mapValues(action.outputs, ({ value }) => resolve(value)), hasFailed };
}

function mapValues<T, R>(record: Record<string, T>, change: (value: T) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

/** Without a status function a condition holds only while all is well. */
function isWanted(condition: string | undefined, contexts: object, hasFailed: boolean): boolean {
  const text = condition?.replace(/^\$\{\{(.*)\}\}$/s, "$1") ?? "success()";
  const isOfStatus = /\b(success|always|failure|cancelled)\(\)/.test(text);
  return evaluate(isOfStatus ? text : `success() && (${text})`, contexts, hasFailed).coerceString() === "true";
}

function interpolate(text: string, contexts: object, hasFailed: boolean): string {
  return text.replace(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluate(expression, contexts, hasFailed).coerceString(),
  );
}

function evaluate(expression: string, contexts: object, hasFailed: boolean): data.ExpressionData {
  const status = { success: !hasFailed, always: true, failure: hasFailed, cancelled: false };
  const functions = Object.entries(status).map(([name, value]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(value),
  }));
  const { tokens } = new Lexer(expression.trim()).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse();
  const dictionary = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, dictionary, new Map(functions.map((one) => [one.name, one]))).evaluate();
}

/** `name=value`, or `name<<END`, lines, `END` (docs.github.com, "Workflow commands"). */
export function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const [, name, end] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (name !== undefined && end !== undefined) {
      const last = lines.indexOf(end, index + 1);
      if (last < 0) throw new Error(`output ${name}: expected a line ${end}`);
      outputs[name] = lines.slice(index + 1, last).join("\n");
      index = last;
    } else if (line !== "") {
      const at = line.indexOf("=");
      if (at < 1) throw new Error(`output: expected NAME=VALUE, found ${line}`);
      outputs[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  return outputs;
}
