import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { uplinkPorts } from "../lab/model/outside-server.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/fault.ts";
import { type ChosenOutside, chooseOutside, type OutsideOptions } from "../lab/scenario/outside-options.ts";
import { withOutside } from "../lab/scenario/outside-scenario.ts";
import { InvalidInput } from "./invalid-input.ts";

const PASSWORD_VARIABLE = "TURNLAB_TURN_PASSWORD";

/** The server outside of the lab that the command line names, or null. @throws InvalidInput with every fault */
export async function outsideOf(options: OutsideOptions): Promise<ChosenOutside | null> {
  const fromEnvironment = process.env[PASSWORD_VARIABLE];
  // Programs that are started from here need not know it.
  delete process.env[PASSWORD_VARIABLE];
  const isAsked = (options.turnUrl ?? []).length > 0;
  const turnPassword = options.turnPassword ?? (isAsked ? fromEnvironment : undefined);
  const chosen = await chooseOutside(turnPassword === undefined ? options : { ...options, turnPassword }, {
    resolve: async (host) => (await lookup(host, { family: 4 })).address,
    readPem: (file) => readFileSync(file, "utf8"),
  });
  if ("faults" in chosen) throw new InvalidInput(formatFaults("command line", chosen.faults));
  return chosen.outside;
}

/** The scenarios against that server instead of their own. @throws InvalidInput with every fault of every scenario */
export function againstOutside(
  scenarios: readonly NamedScenario[],
  outside: ChosenOutside | null,
): readonly NamedScenario[] {
  if (!outside) return scenarios;
  const messages: string[] = [];
  const replaced = scenarios.flatMap(({ name, scenario }) => {
    const result = withOutside(scenario, outside);
    if ("scenario" in result) return [{ name, scenario: result.scenario }];
    messages.push(formatFaults(`${name} against ${outside.server.host}`, result.faults));
    return [];
  });
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
  return replaced;
}

/** What is said before anything is started: whom the peers will reach, and by what way. */
export function announcement({ server: { host, address, listeners } }: ChosenOutside): string {
  const ports = uplinkPorts(listeners).map(({ protocol, port }) => `${protocol} ${port}`);
  const where = host === address ? host : `${host} (${address})`;
  return (
    `uplink: the peers reach ${where}, ${ports.join(", ")}, outside of the lab, ` +
    "through the own network of the engine's machine, and nothing else there"
  );
}
