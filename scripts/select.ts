import { join } from "node:path";
import type { NamedScenario } from "../lab/run.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { resolveSelection } from "../lab/scenario/find-scenarios.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";

export const SCENARIO_FOLDER = join(PROJECT_ROOT, "scenarios");
const DEFAULT_TAG = "default";

/** Words to checked scenarios. @throws InvalidInput with every fault of the words and of every file in one message. */
export async function selectScenarios(words: readonly string[]): Promise<NamedScenario[]> {
  const selection = await resolveSelection(words.length > 0 ? [...words] : [DEFAULT_TAG], SCENARIO_FOLDER);
  const messages = selection.faults.length > 0 ? [formatFaults("command line", selection.faults)] : [];
  const chosen: NamedScenario[] = [];
  for (const { name, file } of selection.scenarios) {
    const loaded = await loadScenario(file);
    const checked = "faults" in loaded ? loaded : checkScenario(loaded.value, name);
    if ("faults" in checked) messages.push(formatFaults(file, checked.faults));
    else chosen.push({ name, scenario: checked.scenario });
  }
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
  return chosen;
}
