import { didYouMean } from "../lab/model/nearest.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { listScenarios, type ScenarioFile } from "../lab/scenario/find-scenarios.ts";
import { checkGateMutations, GATE_TAG, isGateMutationsValue } from "../lab/scenario/gate-mutation-faults.ts";
import { loadScenario, scenarioName } from "../lab/scenario/load-scenario.ts";
import { columns, wrap } from "../reports/render/columns.ts";
import { InvalidInput } from "./invalid-input.ts";
import { listMutations } from "./list-mutations.ts";
import { screenOf } from "./screen.ts";
import { SCENARIO_FOLDER } from "./select.ts";
import { type SelectedMutations, selectMutations } from "./select-mutations.ts";

type Row = { name: string; tags: string[]; description: string };

/** `turnlab list [SET]`. A file that cannot be used is listed as such: hiding it would hide the fault. */
export async function listCommand(set: string | undefined, { json }: { json?: boolean }): Promise<number> {
  if (set !== undefined) return listMutations(await findSet(set), json ? { json } : {});
  const all = await listScenarios(SCENARIO_FOLDER);
  const rows = new Map<ScenarioFile, Row>();
  for (const one of all) rows.set(one, await rowOf(one));
  if (json) {
    process.stdout.write(`${JSON.stringify([...rows.values()], null, 2)}\n`);
    return 0;
  }
  const scenarios = all.flatMap((one) => (one.form === undefined ? [rows.get(one)] : []));
  // By its own name, which runs both forms: they differ in the fix, and what fails stands in the broken one.
  const failures = all.flatMap((one) => {
    const row = rows.get(one);
    return one.form === "broken" && row ? [{ ...row, name: scenarioName(one.file) }] : [];
  });
  const { width } = screenOf(process.stdout);
  const shown = [...scenarios, ...failures].filter((row) => row !== undefined);
  const taken = longest(shown.map(({ name }) => name)) + longest(shown.map(({ tags }) => tags.join(" "))) + 2 * GAP;
  const lines = columns(
    shown.flatMap(({ name, tags, description }) =>
      wrap(description, Math.max(30, width - taken)).map((line, index) =>
        index === 0 ? [name, tags.join(" "), line] : ["", "", line],
      ),
    ),
    ["left", "left", "left"],
  );
  const first = lines.findIndex((line) => line.startsWith(`${failures[0]?.name} `));
  const heading = "Failures of the field, each as NAME-broken and NAME-repaired:";
  if (first >= 0) lines.splice(first, 0, "", heading);
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** What consists of more than itself. @throws InvalidInput for any other name */
async function findSet(word: string): Promise<SelectedMutations> {
  const rows = await Promise.all((await listScenarios(SCENARIO_FOLDER)).map(rowOf));
  const names = rows.filter(({ tags }) => tags.includes(GATE_TAG)).map(({ name }) => name);
  const set = names.includes(word.replace(/\/.*$/, "")) ? await selectMutations([word]) : null;
  if (set) return set;
  const isScenario = rows.some(({ name }) => name === word);
  const fault = {
    place: "list",
    expected: `nothing, for all scenarios, or a set of mutations: ${names.join(", ")}`,
    found: `"${word}"${isScenario ? ", which is a scenario" : ""}`,
    ...didYouMean(word, names),
  };
  throw new InvalidInput(formatFaults("command line", [fault]));
}

async function rowOf({ name, file, form }: ScenarioFile): Promise<Row> {
  const loaded = await loadScenario(file, form);
  if ("value" in loaded && isGateMutationsValue(loaded.value)) {
    const set = checkGateMutations(loaded.value);
    if ("mutations" in set) return { name, tags: [GATE_TAG], description: set.mutations.description };
  }
  const checked = "faults" in loaded ? loaded : checkScenario(loaded.value, name);
  if ("faults" in checked) return { name, tags: [], description: `cannot be used: ./turnlab run ${name} says why` };
  return { name, tags: checked.scenario.tags ?? [], description: checked.scenario.description };
}

const GAP = 2;

function longest(words: readonly string[]): number {
  return Math.max(0, ...words.map(({ length }) => length));
}
