import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { PROJECT_ROOT } from "../../lab/runtime/archive.ts";
import { readInputs } from "./inputs.ts";

// The parser imports its schemas as JSON without saying so, which Node refuses.
const hooks = registerHooks({
  resolve: (specifier, context, next) => ({
    ...next(specifier, context),
    ...(specifier.endsWith(".json") ? { importAttributes: { type: "json" } } : {}),
  }),
});
const { NoOperationTraceWriter, parseWorkflow } = await import("@actions/workflow-parser");
const { parseAction } = await import("@actions/workflow-parser/actions/index");
hooks.deregister();

const read = (file: string) => readFileSync(join(PROJECT_ROOT, file), "utf8");
const trace = new NoOperationTraceWriter();
const workflows = globSync(".github/workflows/*.yml", { cwd: PROJECT_ROOT });

type Step = { uses?: string; run?: string; env?: Record<string, string> };
type Action = { inputs: Record<string, { description?: string }>; runs: { steps: Step[] } };
const action = parse(read("action.yml")) as Action;

describe("what GitHub runs", () => {
  it("is an action to GitHub's own parser", () => {
    const { context } = parseAction({ name: "action.yml", content: read("action.yml") }, trace);
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it.each(workflows)("%s is a workflow to it", (file) => {
    const { context } = parseWorkflow({ name: file, content: read(file) }, trace);
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it.each(["action.yml", ...workflows])("%s pins others' actions by commit, with the version beside it", (file) => {
    const uses = [...read(file).matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what = ""]) => what);
    const foreign = uses.filter((what) => !what.startsWith("./"));
    expect(foreign.length).toBeGreaterThan(0);
    for (const what of foreign) expect(what).toMatch(/^[\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it("puts no expression into a script: whoever names a branch or a file would write shell", () => {
    for (const { run } of action.runs.steps) expect(run ?? "").not.toContain("${{");
  });

  it("hands every input on", () => {
    const used = JSON.stringify(action.runs.steps);
    const unused = Object.keys(action.inputs).filter((name) => !used.includes(`inputs.${name}`));
    expect(unused).toEqual([]);
  });
});

it("says of every input of the GitLab template what it is", () => {
  const [header] = parseAllDocuments(read("ci/gitlab.yml"));
  const template = header?.toJS() as { spec: Pick<Action, "inputs"> } | undefined;
  const inputs = Object.entries(template?.spec.inputs ?? {});
  expect(inputs.length).toBeGreaterThan(10);
  expect(inputs.filter(([, input]) => !input.description)).toEqual([]);
});

describe("variables of the gate", () => {
  const source = read("scripts/ci/inputs.ts") + read("scripts/ci/ci.ts");
  const known = new Set(source.match(/TURNLAB_GATE_[A-Z_]+/g));
  it.each(["action.yml", "ci/gitlab.yml"])("are read where %s sets them", (file) => {
    const set = new Set(read(file).match(/TURNLAB_GATE_[A-Z_]+/g));
    expect(set.size).toBeGreaterThan(5);
    expect([...set].filter((name) => !known.has(name))).toEqual([]);
  });

  it("arrive as arguments that the gate has", () => {
    const env = Object.fromEntries([...known].map((name) => [name, "x"]));
    const { more } = readInputs({
      ...env,
      TURNLAB_GATE_BASELINE_REF: "",
      TURNLAB_GATE_STRICT: "true",
      TURNLAB_GATE_COMMENT: "false",
    });
    const options = more.map((argument) => argument.split("=")[0]);
    const [, gate = ""] = /\.command\("gate"\)(.*?)\.action\(/s.exec(read("scripts/turnlab.ts")) ?? [];
    expect(options).toHaveLength(9);
    expect(options.filter((option) => !new RegExp(`"${option}[ "]`).test(gate))).toEqual([]);
  });
});

it("is YAML to GitLab, with inputs that are all used", () => {
  const documents = parseAllDocuments(read("ci/gitlab.yml"));
  expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
  const [head, jobs] = documents.map((one) => one.toJS() as { spec: { inputs: object } });
  const used = [...JSON.stringify(jobs).matchAll(/\$\[\[ inputs\.([\w-]+) \]\]/g)].map(([, name]) => name);
  expect(new Set(used)).toEqual(new Set(Object.keys(head?.spec.inputs ?? {})));
});
