import { NAT_PRESETS, type NatPresetName } from "../lab/model/nat-presets.ts";
import { routerBehaviour } from "../lab/model/topology.ts";
import { compileRuleset } from "../lab/net/ruleset.ts";
import { InvalidInput } from "./invalid-input.ts";

/** Stand-ins for what the address plan fills in when a lab comes up. */
const FACTS = { inside: "192.168.1.0/24", wanAddress: "81.2.64.2" };

/** `turnlab nat [PRESET]`. */
export function natCommand(preset: string | undefined): number {
  if (preset === undefined) {
    for (const [name, { description, behaviour }] of Object.entries(NAT_PRESETS)) {
      process.stdout.write(
        `${name.padEnd(12)} ${description}\n${" ".repeat(13)}mapping ${behaviour.mapping}, filtering ${behaviour.filtering}\n`,
      );
    }
    return 0;
  }
  if (!Object.hasOwn(NAT_PRESETS, preset)) {
    throw new InvalidInput(`nat: expected one of ${Object.keys(NAT_PRESETS).join(", ")}; found "${preset}"`);
  }
  const { description, equipment, consequence, behaviour } = NAT_PRESETS[preset as NatPresetName];
  const { tool, text } = compileRuleset(routerBehaviour({ nat: preset as NatPresetName }), FACTS);
  const facts = { "what it is": description, "seen in": equipment, "for ICE": consequence, behaviour: JSON.stringify(behaviour) };
  for (const [key, value] of Object.entries(facts)) process.stdout.write(`${`${key}:`.padEnd(17)}${value}\n`);
  process.stdout.write(`\n# ${tool}, with ${FACTS.inside} inside and ${FACTS.wanAddress} outside\n${text}`);
  return 0;
}
