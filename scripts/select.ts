import { join } from "node:path";
import type { NamedScenario } from "../lab/run.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { resolveSelection } from "../lab/scenario/find-scenarios.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";
import { type ConfigOptions, TurnConfigs } from "./turn-configs.ts";

export const SCENARIO_FOLDER = join(PROJECT_ROOT, "scenarios");
const DEFAULT_TAG = "default";

/**
 * Words to checked scenarios, with the turnserver.conf files that they and `options` name. @throws InvalidInput with every
 * fault of the words and of every file in one message.
 */
export async function selectScenarios(words: readonly string[], options: ConfigOptions = {}): Promise<NamedScenario[]> {
  const selection = await resolveSelection(words.length > 0 ? [...words] : [DEFAULT_TAG], SCENARIO_FOLDER);
  const messages = selection.faults.length > 0 ? [formatFaults("command line", selection.faults)] : [];
  const configs = new TurnConfigs(options);
  const chosen: NamedScenario[] = [];
  for (const { name, file, form } of selection.scenarios) {
    const loaded = await loadScenario(file, form);
    if ("faults" in loaded) {
      const message = formatFaults(file, loaded.faults);
      // Both forms of a failure are in one file, and what is wrong with the file is told once.
      if (!messages.includes(message)) messages.push(message);
      continue;
    }
    const heading = form === undefined ? file : `${file}, ${form}`;
    const checked = checkScenario(loaded.value, name);
    if ("faults" in checked) {
      messages.push(formatFaults(heading, checked.faults));
      continue;
    }
    const named = configs.apply({ name, scenario: checked.scenario }, file);
    // What a file brings along may not fit the rest: its listeners and the firewall in front of them, for one.
    const again = named.configs ? checkScenario(named.scenario, name) : checked;
    if ("faults" in again) messages.push(formatFaults(heading, again.faults));
    chosen.push(named);
  }
  messages.push(...configs.messages());
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
  return chosen;
}
