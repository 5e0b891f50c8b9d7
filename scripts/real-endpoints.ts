import { environmentKeys } from "../lab/ice-servers/environment-keys.ts";
import { PROVIDERS } from "../lab/ice-servers/providers.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { InvalidInput } from "./invalid-input.ts";

/** What is asked outside of this machine, in words; empty where nothing is. */
export function announceRealEndpoints(scenarios: readonly NamedScenario[], environment: Environment): string {
  const apis = scenarios.flatMap(({ scenario }) => Object.values(scenario.topology.iceServerApis ?? {}));
  const hosts = apis.flatMap(({ provider, endpoint }) => {
    const found = environmentKeys(provider, environment);
    return endpoint === "real" && "keys" in found ? [new URL(PROVIDERS[provider].realBaseUrl(found.keys)).host] : [];
  });
  return hosts.length === 0
    ? ""
    : `real endpoints: this process asks ${[...new Set(hosts)].join(", ")} for ICE servers`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * APIs whose endpoint is real are asked only where the user says so, and with keys that are there: all that is missing,
 * before anything starts. @throws InvalidInput
 */
export function checkRealEndpoints(
  scenarios: readonly NamedScenario[],
  isAllowed: boolean,
  environment: Environment,
): void {
  const messages = scenarios.flatMap(({ name, scenario }) => {
    const apis = Object.entries(scenario.topology.iceServerApis ?? {}).filter(
      ([, { endpoint }]) => endpoint === "real",
    );
    const faults = apis.flatMap(([api, { provider }]): Fault[] => {
      const place = `topology.iceServerApis.${api}.endpoint`;
      const found = environmentKeys(provider, environment);
      return [
        ...(isAllowed
          ? []
          : [
              {
                place,
                expected: '"emulator", or leave to ask the provider itself with your keys',
                found: '"real"',
                hint: "turnlab run --real-endpoints gives it.",
              },
            ]),
        ...("missing" in found
          ? [{ place, expected: `${found.missing.join(", ")} in the environment`, found: "none" }]
          : []),
      ];
    });
    return faults.length > 0 ? [formatFaults(name, faults)] : [];
  });
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
}
