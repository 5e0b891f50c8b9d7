import type { LabContext } from "../lab/lab-context.ts";
import type { NamedScenario } from "../lab/run.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { isImageReference, REFERENCE_EXPECTED } from "../lab/scenario/image-faults.ts";
import { BadImageError } from "../lab/turn/server-images.ts";
import { InvalidInput } from "./invalid-input.ts";

const OPTION = "--turn-image";

/** @throws InvalidInput where the reference cannot be one */
export function checkTurnImage(reference: string | undefined): void {
  if (reference !== undefined && !isImageReference(reference)) throw fault(REFERENCE_EXPECTED, `"${reference}"`);
}

/** `--turn-image REF`: every TURN server that names no image itself runs from that one. */
export function withTurnImage(scenarios: readonly NamedScenario[], reference: string | undefined): NamedScenario[] {
  if (reference === undefined) return [...scenarios];
  let given = 0;
  const changed = scenarios.map(({ name, scenario }) => {
    const servers = Object.entries(scenario.topology.turnServers ?? {}).map(([server, spec]) => {
      if (spec.image === undefined) given += 1;
      return [server, { image: reference, ...spec }] as const;
    });
    const topology = { ...scenario.topology, turnServers: Object.fromEntries(servers) };
    return { name, scenario: { ...scenario, topology } };
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
  for (const { name, scenario } of scenarios) {
    for (const [server, spec] of Object.entries(scenario.topology.turnServers ?? {})) {
      if (spec.outside) continue;
      try {
        await serverImages.of(spec);
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
  if (faults.length > 0) throw new InvalidInput(formatFaults("images of TURN servers", merged(faults)));
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
