import { checkScenario } from "../lab/scenario/check-scenario.ts";
import { listScenarios } from "../lab/scenario/find-scenarios.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { columns, wrap } from "../reports/render/columns.ts";
import { screenOf } from "./screen.ts";
import { SCENARIO_FOLDER } from "./select.ts";

/** `turnlab list`. A file that cannot be used is listed as such: hiding it would hide the fault. */
export async function listCommand({ json }: { json?: boolean }): Promise<number> {
  const rows: { name: string; tags: string[]; description: string }[] = [];
  for (const { name, file } of await listScenarios(SCENARIO_FOLDER)) {
    const loaded = await loadScenario(file);
    const checked = "faults" in loaded ? loaded : checkScenario(loaded.value, name);
    if ("faults" in checked)
      rows.push({ name, tags: [], description: `cannot be used: ./turnlab run ${name} says why` });
    else rows.push({ name, tags: checked.scenario.tags ?? [], description: checked.scenario.description });
  }
  if (json) {
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return 0;
  }
  const { width } = screenOf(process.stdout);
  const taken = longest(rows.map(({ name }) => name)) + longest(rows.map(({ tags }) => tags.join(" "))) + 2 * GAP;
  const cells = rows.flatMap(({ name, tags, description }) =>
    wrap(description, Math.max(30, width - taken)).map((line, index) =>
      index === 0 ? [name, tags.join(" "), line] : ["", "", line],
    ),
  );
  process.stdout.write(`${columns(cells, ["left", "left", "left"]).join("\n")}\n`);
  return 0;
}

const GAP = 2;

function longest(words: readonly string[]): number {
  return Math.max(0, ...words.map(({ length }) => length));
}
