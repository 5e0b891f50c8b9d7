import { NAT_PRESETS, type NatPreset, type NatPresetName } from "../lab/model/nat-presets.ts";
import { routerBehaviour } from "../lab/model/topology.ts";
import { planAddresses } from "../lab/net/address-plan.ts";
import { compileRouter } from "../lab/net/rules/compile-router.ts";
import { routerFacts } from "../lab/net/rules/router-facts.ts";
import { describeFirewall } from "../reports/describe-network.ts";
import { columns, indent, wrap } from "../reports/render/columns.ts";
import { InvalidInput } from "./invalid-input.ts";
import { screenOf } from "./screen.ts";

/** `turnlab nat [PRESET]`: every preset, or one with the exact rules that its router is loaded with. */
export function natCommand(preset: string | undefined): number {
  const { width } = screenOf(process.stdout);
  if (preset !== undefined && !isPreset(preset)) {
    throw new InvalidInput(`nat: expected one of ${Object.keys(NAT_PRESETS).join(", ")}; found "${preset}"`);
  }
  const lines = preset === undefined ? listLines(width) : presetLines(preset, width);
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function isPreset(word: string): word is NatPresetName {
  return Object.hasOwn(NAT_PRESETS, word);
}

function listLines(width: number): string[] {
  const names = Object.keys(NAT_PRESETS) as NatPresetName[];
  return names.flatMap((name, index) => [
    ...(index === 0 ? [] : [""]),
    name,
    ...indent(wrap(NAT_PRESETS[name].description, width - 2), 2),
    ...indent(factLines({ ...behaviourFacts(name), "for ICE": NAT_PRESETS[name].consequence }, width - 2), 2),
  ]);
}

function presetLines(name: NatPresetName, width: number): string[] {
  const { description, equipment, consequence }: NatPreset = NAT_PRESETS[name];
  const facts = {
    "what it is": description,
    "seen in": equipment,
    "for ICE": consequence,
    ...behaviourFacts(name),
  };
  return [...factLines(facts, width), "", ...rulesetLines(name)];
}

/** RFC 4787's properties of a preset, and what its router keeps in. */
function behaviourFacts(name: NatPresetName): Record<string, string> {
  const { firewall, ...nat } = routerBehaviour({ nat: name });
  const { portAllocation: ports } = nat;
  const walls = describeFirewall(firewall);
  const refresh = nat.refreshedBy === "both" ? "either direction" : "outbound packets alone";
  return {
    mapping: nat.mapping,
    filtering: nat.filtering,
    TCP: `mapping ${nat.tcp.mapping}, filtering ${nat.tcp.filtering}`,
    ports: typeof ports === "string" ? ports : `a block of ${ports.portsPerSubscriber} for each host inside`,
    addresses: nat.addressing === "shared" ? "one for all hosts inside" : "one for each host inside",
    hairpinning: nat.hairpinning ? "yes" : "no",
    lifetime: `${nat.mappingLifetimeMs / 1000} s (UDP), refreshed by ${refresh}`,
    firewall: walls === "" ? "everything may leave" : walls,
  };
}

/** Names and what is said of them, in two columns. */
function factLines(facts: Record<string, string>, width: number): string[] {
  const room = width - Math.max(...Object.keys(facts).map(({ length }) => length)) - 2;
  const rows = Object.entries(facts).flatMap(([key, value]) =>
    wrap(value, room).map((line, index) => [index === 0 ? key : "", line]),
  );
  return columns(rows, ["left", "left"]);
}

/** The rules of such a router with one peer behind it; the address plan says what its addresses are. */
function rulesetLines(name: NatPresetName): string[] {
  const nat: NatPreset = NAT_PRESETS[name];
  const plan = planAddresses({
    topology: { routers: { router: { nat: name } } },
    peers: { peer: "router" },
    lanKinds: { router: nat.lan },
  });
  const facts = routerFacts(plan, "router");
  if (!facts) throw new Error("a router of a preset has IPv4");
  const { text, sysctls } = compileRouter(routerBehaviour({ nat: name }), facts);
  const settings = Object.entries(sysctls).map(([key, value]) => `# sysctl ${key} = ${value}`);
  return [
    `# nft, with ${facts.inside.join(", ")} inside and ${facts.wanAddress} outside`,
    ...settings,
    ...text.trimEnd().split("\n"),
  ];
}
