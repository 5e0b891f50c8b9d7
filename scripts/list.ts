import Table from "cli-table3";
import { checkScenario } from "../lab/scenario/check-scenario.ts";
import { listScenarios } from "../lab/scenario/find-scenarios.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
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
  const nameWidth = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const tagWidth = Math.max(...rows.map(({ tags }) => tags.join(" ").length)) + 2;
  const table = new Table({
    chars: NO_LINES,
    style: { "padding-left": 0, "padding-right": 2, head: [], border: [] },
    colWidths: [nameWidth, tagWidth, Math.max(30, width - nameWidth - tagWidth - 2)],
    wordWrap: true,
  });
  for (const { name, tags, description } of rows) table.push([name, tags.join(" "), description]);
  process.stdout.write(`${table.toString()}\n`);
  return 0;
}

const NO_LINES = Object.fromEntries(
  ["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"]
    .concat(["left", "left-mid", "mid", "mid-mid", "right", "right-mid", "middle"])
    .map((part) => [part, ""]),
);
