import type { NamedScenario } from "../lab/run.ts";
import { checkScenario, formatFaults } from "../lab/scenario/check-scenario.ts";
import { type ChosenEngines, readEngines, withEngines } from "../lab/scenario/peer-engines.ts";
import { InvalidInput } from "./invalid-input.ts";

/** What `--peers` names, or null without it. @throws InvalidInput */
export function enginesOf(text: string | undefined): ChosenEngines | null {
  if (text === undefined) return null;
  const read = readEngines(text);
  if ("faults" in read) throw new InvalidInput(formatFaults("command line", read.faults));
  return read.engines;
}

/** The scenarios with these engines in their peers. @throws InvalidInput with every fault of every scenario */
export function withPeers(scenarios: readonly NamedScenario[], engines: ChosenEngines | null): NamedScenario[] {
  if (!engines) return [...scenarios];
  const { offerer, answerer } = engines;
  const words = offerer === answerer ? offerer : `${offerer},${answerer}`;
  const messages: string[] = [];
  const changed = scenarios.flatMap(({ scenario, ...named }) => {
    const result = withEngines(scenario, engines);
    // What a scenario asks of its peers may be what another engine has not: media, mDNS names.
    const checked = "faults" in result ? result : checkScenario(result.scenario, named.name);
    if ("scenario" in checked) return [{ ...named, scenario: checked.scenario }];
    messages.push(formatFaults(`${named.name} with --peers ${words}`, checked.faults));
    return [];
  });
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
  return changed;
}
