import { FIREWALL_PRESETS, type FirewallPresetName } from "../lab/model/firewall.ts";
import type { EndpointDependence } from "../lab/model/nat.ts";
import { NAT_PRESETS, type NatPreset, type NatPresetName } from "../lab/model/nat-presets.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import { routerBehaviour } from "../lab/model/topology.ts";
import { planAddresses } from "../lab/net/address-plan.ts";
import { compileRouter } from "../lab/net/rules/compile-router.ts";
import { routerFacts } from "../lab/net/rules/router-facts.ts";
import { describeFirewall } from "../reports/describe-network.ts";
import { columns, indent, wrap } from "../reports/render/columns.ts";
import { InvalidInput } from "./invalid-input.ts";
import { screenOf } from "./screen.ts";

/** `turnlab nat [PRESET]`: every NAT and firewall preset, or one with the exact rules that its router is loaded with. */
export function natCommand(preset: string | undefined): number {
  const { width } = screenOf(process.stdout);
  if (preset !== undefined && !isPreset(preset)) {
    const names = Object.keys(NAT_PRESETS);
    const { hint } = didYouMean(preset, names);
    const said = `nat: expected one of ${names.join(", ")}; found "${preset}"`;
    throw new InvalidInput(hint === undefined ? said : `${said}\n${hint}`);
  }
  const lines = preset === undefined ? listLines(width) : presetLines(preset, width);
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

function isPreset(word: string): word is NatPresetName {
  return Object.hasOwn(NAT_PRESETS, word);
}

/** A table of all, each preset by itself, and the firewalls that any of them may have as well. */
function listLines(width: number): string[] {
  const names = Object.keys(NAT_PRESETS) as NatPresetName[];
  const presets = names.flatMap((name) => {
    const { description, equipment, consequence }: NatPreset = NAT_PRESETS[name];
    const facts = { "seen in": equipment, "for ICE": consequence, ...behaviourFacts(name) };
    return ["", name, ...indent([...wrap(description, width - 2), ...factLines(facts, width - 2)], 2)];
  });
  return [...tableLines(names), ...presets, ...firewallLines(width)];
}

const SHORT: Record<EndpointDependence, string> = {
  "endpoint-independent": "EI",
  "address-dependent": "AD",
  "address-and-port-dependent": "APD",
};

function tableLines(names: readonly NatPresetName[]): string[] {
  const rows = names.map((name) => {
    const { mapping, filtering, portAllocation, addressing, mappingLifetimeMs } = NAT_PRESETS[name].behaviour;
    const ports = typeof portAllocation === "string" ? portAllocation : `block ${portAllocation.portsPerSubscriber}`;
    const { firewall = "open" }: NatPreset = NAT_PRESETS[name];
    return [
      name,
      SHORT[mapping],
      SHORT[filtering],
      addressing === "one-to-one" ? addressing : ports,
      `${mappingLifetimeMs / 1000} s`,
      firewall,
    ];
  });
  const head = ["preset", "mapping", "filtering", "ports", "lifetime", "firewall"];
  const key = Object.entries(SHORT).map(([word, short]) => `${short} ${word}`);
  return [...columns([head, ...rows], ["left", "left", "left", "left", "right", "left"]), key.join("; ")];
}

function firewallLines(width: number): string[] {
  const names = Object.keys(FIREWALL_PRESETS) as FirewallPresetName[];
  const facts = Object.fromEntries(names.map((name) => [name, FIREWALL_PRESETS[name].description]));
  return [
    "",
    ...wrap("Firewalls, which any router may have beside its NAT (`firewall`):", width),
    ...factLines(facts, width),
  ];
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
    ...text.trimEnd().split("\n").flatMap(elided),
  ];
}

/** How many elements of a set are printed at either end. */
const SHOWN = 2;

/** A line of a ruleset; of a long list of elements only its ends, and a line that says so. */
function elided(line: string): string[] {
  const match = /^(\s*)(.*elements = \{ )(.+)( \}.*)$/.exec(line);
  const [, margin = "", before = "", list = "", after = ""] = match ?? [];
  const elements = list.split(", ");
  const left = elements.length - 2 * SHOWN;
  if (left < SHOWN) return [line];
  const ends = `${elements.slice(0, SHOWN).join(", ")}, … ${elements.slice(-SHOWN).join(", ")}`;
  return [
    `${margin}# elided in this printout alone: the ${left} of ${elements.length} elements that "…" stands for`,
    `${margin}${before}${ends}${after}`,
  ];
}
