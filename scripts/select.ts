import { join } from "node:path";
import type { NamedScenario } from "../lab/run.ts";
import { PROJECT_ROOT } from "../lab/runtime/archive.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { resolveSelection } from "../lab/scenario/find-scenarios.ts";
import { isGateMutationsValue } from "../lab/scenario/gate-mutation-faults.ts";
import { loadScenario } from "../lab/scenario/load-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";
import { type OpenedBundle, openBundle } from "./open-bundle.ts";
import { BUNDLE_SUFFIX } from "./pack-bundle.ts";
import { type ConfigOptions, TurnConfigs } from "./turn-configs.ts";

export const SCENARIO_FOLDER = join(PROJECT_ROOT, "scenarios");
const DEFAULT_TAG = "default";

/**
 * Words to checked scenarios, with the turnserver.conf files that they and `options` name. @throws InvalidInput with every
 * fault of the words and of every file in one message.
 */
export async function selectScenarios(
  words: readonly string[],
  options: ConfigOptions = {},
  say: (line: string) => void = () => {},
): Promise<NamedScenario[]> {
  const bundled = words.filter((word) => BUNDLE_SUFFIX.test(word));
  const named = words.filter((word) => !BUNDLE_SUFFIX.test(word));
  const wanted = words.length > 0 ? named : [DEFAULT_TAG];
  const bundles: OpenedBundle[] = [];
  try {
    for (const file of new Set(bundled)) bundles.push(await openBundle(file));
    for (const bundle of bundles) say(replaying(bundle));
    return await choose(wanted, bundles, options);
  } finally {
    for (const bundle of bundles) bundle.close();
  }
}

/** What is not as it was when the bundle was made. */
function replaying({ manifest, freshSecrets }: OpenedBundle): string {
  const { runId, turnlab, scenarios } = manifest;
  const servers = scenarios.flatMap((one) => Object.values(one.servers).map(({ version }) => version));
  const versions = [...new Set(servers.filter((version) => version !== null))].map((version) => `coturn ${version}`);
  const secrets = freshSecrets === 0 ? "" : `; fresh secrets in the place of ${freshSecrets} that were taken out of it`;
  return `replaying run ${runId}, made with turnlab ${[turnlab, ...versions].join(", ")}${secrets}`;
}

async function choose(
  words: readonly string[],
  bundles: readonly OpenedBundle[],
  options: ConfigOptions,
): Promise<NamedScenario[]> {
  const selection = await resolveSelection(words, SCENARIO_FOLDER);
  const messages = selection.faults.length > 0 ? [formatFaults("command line", selection.faults)] : [];
  const configs = new TurnConfigs(options);
  const chosen: NamedScenario[] = [];
  const packed = bundles.flatMap(({ scenarios }) => scenarios);
  const twice = packed.find(({ name }, index) =>
    [...selection.scenarios, ...packed.slice(0, index)].some((other) => other.name === name),
  );
  if (twice) {
    const fault = {
      place: twice.name,
      expected: "one scenario of each name",
      found: "two, of which one is in a bundle",
    };
    messages.push(formatFaults("command line", [fault]));
  }
  const loading = selection.scenarios.map(async ({ name, file, form }) => {
    const heading = form === undefined ? file : `${file}, ${form}`;
    return { name, file, heading, loaded: await loadScenario(file, form) };
  });
  const unpacked = packed.map(({ name, file, value }) => ({ name, file, heading: file, loaded: { value } }));
  for (const { name, file, heading, loaded } of [...(await Promise.all(loading)), ...unpacked]) {
    if ("faults" in loaded) {
      const message = formatFaults(file, loaded.faults);
      // Both forms of a failure are in one file, and what is wrong with the file is told once.
      if (!messages.includes(message)) messages.push(message);
      continue;
    }
    if (isGateMutationsValue(loaded.value)) {
      const hint = `./turnlab run ${name} runs it.`;
      messages.push(
        formatFaults(heading, [{ place: file, expected: "a scenario", found: "a gate's mutations", hint }]),
      );
      continue;
    }
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
