import type { LabContext } from "../lab/lab-context.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { isImageReference, REFERENCE_EXPECTED } from "../lab/scenario/image-faults.ts";
import { BadImageError } from "../lab/turn/server-images.ts";
import { InvalidInput } from "./invalid-input.ts";
import { versionFaults } from "./turn-configs.ts";

const OPTION = "--turn-image";

/** @throws InvalidInput where the reference cannot be one */
export function checkTurnImage(reference: string | undefined): void {
  if (reference !== undefined && !isImageReference(reference)) throw fault(REFERENCE_EXPECTED, `"${reference}"`);
}

/** `--turn-image REF`: every TURN server that names no image itself runs from that one. */
export function withTurnImage(scenarios: readonly NamedScenario[], reference: string | undefined): NamedScenario[] {
  if (reference === undefined) return [...scenarios];
  let given = 0;
  const changed = scenarios.map(({ scenario, ...named }) => {
    const servers = Object.entries(scenario.topology.turnServers ?? {}).map(([server, spec]) => {
      if (spec.image === undefined) given += 1;
      return [server, { image: reference, ...spec }] as const;
    });
    const topology = { ...scenario.topology, turnServers: Object.fromEntries(servers) };
    return { ...named, scenario: { ...scenario, topology } };
  });
  if (given > 0) return changed;
  throw fault("a scenario with a TURN server that names no image itself", scenarios.map(({ name }) => name).join(", "));
}

/** Looks into every image that servers run from, before anything of a lab starts. @throws InvalidInput, MissingError */
export async function lookIntoImages(
  scenarios: readonly NamedScenario[],
  serverImages: LabContext["serverImages"],
): Promise<void> {
  const faults: Fault[] = [];
  const configFaults = new Map<string, string>();
  for (const { name, scenario, configs = {} } of scenarios) {
    for (const [server, spec] of Object.entries(scenario.topology.turnServers ?? {})) {
      if (spec.outside) continue;
      try {
        const { version } = await serverImages.of(spec);
        const config = configs[server];
        const own = config && spec.image !== undefined ? versionFaults(config, version) : [];
        if (config && own.length > 0) configFaults.set(config.file, formatFaults(config.file, own));
      } catch (error) {
        if (!(error instanceof BadImageError)) throw error;
        const isOther = typeof spec.image === "object";
        faults.push({
          place: `${name}: topology.turnServers.${server}.image`,
          expected: isOther ? "an image with the program that command names" : "an image with a turnserver on its PATH",
          found: error.message,
          ...(isOther ? {} : { hint: "A server that is not coturn: image: { reference, command, listeners }." }),
        });
      }
    }
  }
  const images = faults.length > 0 ? [formatFaults("images of TURN servers", merged(faults))] : [];
  const messages = [...images, ...configFaults.values()];
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));
}

/** The same of a gate's two sides, by the options that name them. @throws InvalidInput, MissingError */
export async function lookIntoGateImages(
  { image, baselineImage }: { image?: string; baselineImage?: string },
  serverImages: Pick<LabContext["serverImages"], "of">,
): Promise<void> {
  const named = Object.entries({ "--image": image, "--baseline-image": baselineImage });
  const faults: Fault[] = [];
  for (const [place, reference] of named) {
    if (reference === undefined) continue;
    try {
      await serverImages.of({ image: reference });
    } catch (error) {
      if (!(error instanceof BadImageError)) throw error;
      faults.push({ place, expected: "an image with a turnserver on its PATH", found: error.message });
    }
  }
  if (faults.length > 0) throw new InvalidInput(formatFaults("command line", faults));
}

/** What many servers have alike is told once. */
function merged(faults: readonly Fault[]): Fault[] {
  const byFinding = Map.groupBy(faults, ({ found }) => found);
  return [...byFinding.values()].flatMap(([first, ...more]) => {
    if (!first) return [];
    return [{ ...first, place: more.length > 0 ? `${first.place}, and ${more.length} more` : first.place }];
  });
}

function fault(expected: string, found: string): InvalidInput {
  return new InvalidInput(formatFaults("command line", [{ place: OPTION, expected, found }]));
}
