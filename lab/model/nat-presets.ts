import type { FirewallPresetName } from "./firewall.ts";
import { completeNat, type NatBehaviour, type NatData } from "./nat.ts";

export type NatPreset = {
  behaviour: NatBehaviour;
  /** What the same box blocks as well; default: nothing. */
  firewall?: FirewallPresetName;
  /** One sentence: what the network is. */
  description: string;
  /** Equipment that behaves so. */
  equipment: string;
  /** What it means for ICE. */
  consequence: string;
  /** Which address block the router hands out inside. */
  lan: "home" | "carrier";
};

const EI = "endpoint-independent";
const AD = "address-dependent";
const APD = "address-and-port-dependent";

/** Presets are names for data, in the words people search for; rules are made from the data, never from the name. */
export const NAT_PRESETS = {
  "full-cone": {
    behaviour: completeNat({ mapping: EI, filtering: EI, hairpinning: true }),
    description: "One outside port per inside socket, and whoever knows it may send to it.",
    equipment: "Routers with 'full cone' or 'endpoint independent filtering' switched on; game-mode NATs",
    consequence: "Everybody connects to it directly, whatever stands at the other end.",
    lan: "home",
  },
  "address-restricted": {
    behaviour: completeNat({ mapping: EI, filtering: AD }),
    description: "One outside port per inside socket; only addresses it has sent to may answer, from any port.",
    equipment: "Juniper SRX with persistent NAT 'target host', some older consumer routers ('restricted cone')",
    consequence: "Connects directly to everything that lets its checks out, symmetric NATs included.",
    lan: "home",
  },
  "port-restricted": {
    behaviour: completeNat({ mapping: EI, filtering: APD }),
    description: "One outside port per inside socket; only addresses and ports it has sent to may answer.",
    equipment: "Linux and BSD routers with port preservation ('port-restricted cone')",
    consequence: "Two of them connect directly by hole punching; against a symmetric NAT a relay is needed.",
    lan: "home",
  },
  symmetric: {
    behaviour: completeNat({ mapping: APD, filtering: APD }),
    description: "A new, random outside port for every destination.",
    equipment: "Enterprise firewalls with random source ports (Palo Alto, pfSense and OPNsense without static-port)",
    consequence: "STUN learns a port that nobody else can use: only a relay, or a peer that filters less, connects.",
    lan: "home",
  },
  home: {
    behaviour: completeNat({ mapping: EI, filtering: APD, mappingLifetimeMs: 180_000 }),
    description: "A home router: port-restricted, three minutes, no hairpinning.",
    equipment: "FRITZ!Box, Linux-based home routers (nf_conntrack_udp_timeout_stream 180 or 120 s)",
    consequence: "As port-restricted; two hosts of one home meet by their host candidates only.",
    lan: "home",
  },
  "mobile-carrier": {
    behaviour: completeNat({ mapping: APD, filtering: APD, mappingLifetimeMs: 60_000, refreshedBy: "outbound" }),
    description: "A mobile network: symmetric, and a silent mapping is gone after a minute.",
    equipment: "LTE and 5G packet gateways with dynamic port assignment",
    consequence: "As symmetric; keepalives must be frequent, and receiving alone does not keep a mapping.",
    lan: "carrier",
  },
  cgnat: {
    behaviour: completeNat({ mapping: APD, filtering: APD }),
    description: "A carrier NAT that home routers or phones stand behind, with 100.64.0.0/10 inside.",
    equipment: "Mobile carriers and DS-Lite or NAT444 providers with address-and-port-dependent mapping",
    consequence: "Users without a public address of their own; without TURN most calls between two of them fail.",
    lan: "carrier",
  },
  "cgnat-rfc6888": {
    behaviour: completeNat({
      mapping: EI,
      filtering: EI,
      hairpinning: true,
      portAllocation: { portsPerSubscriber: 512 },
    }),
    description: "A carrier NAT as RFC 6888 asks for: a full cone with a block of ports for each subscriber.",
    equipment: "A10 Thunder, F5 BIG-IP CGNAT and Cisco NCS with endpoint-independent mapping and port blocks",
    consequence: "Direct connections work, also between two subscribers; a subscriber can run out of ports.",
    lan: "carrier",
  },
  corporate: {
    behaviour: completeNat({
      mapping: APD,
      filtering: APD,
      portAllocation: "sequential",
      mappingLifetimeMs: 30_000,
    }),
    description: "An office firewall: symmetric with consecutive ports, UDP state gone after 30 seconds.",
    equipment: "Cisco ASA and IOS with PAT, Palo Alto (UDP session timeout 30 s), FortiGate",
    consequence: "As symmetric; media that pauses for half a minute loses its path.",
    lan: "home",
  },
  "cloud-1to1": {
    behaviour: completeNat({
      mapping: EI,
      filtering: EI,
      tcp: { mapping: EI, filtering: EI },
      addressing: "one-to-one",
      hairpinning: true,
    }),
    description: "A public address for each host, translated address for address; ports untouched, nothing filtered.",
    equipment: "AWS Elastic IP, Google Cloud and Azure instance addresses, with an open security group",
    consequence: "As a public host, but the host does not know its address: servers need external-ip.",
    lan: "home",
  },
  "udp-blocked": {
    behaviour: completeNat({ mapping: EI, filtering: APD }),
    firewall: "udp-blocked",
    description: "A network that lets TCP out and drops UDP silently.",
    equipment: "Office, hotel and hospital firewalls",
    consequence: "Only TURN over TCP or TLS connects, after every UDP attempt has gone unanswered.",
    lan: "home",
  },
} as const satisfies Record<string, NatPreset>;

export type NatPresetName = keyof typeof NAT_PRESETS;

/** A preset's name, data, or a preset with some of its data changed. */
export type NatSpec = NatPresetName | NatData | ({ preset: NatPresetName } & Partial<NatBehaviour>);

/** The preset a spec names, or null where it is data alone. */
export function presetOf(spec: NatSpec): NatPreset | null {
  if (typeof spec === "string") return NAT_PRESETS[spec];
  return "preset" in spec ? NAT_PRESETS[spec.preset] : null;
}

/** The behaviour behind a preset's name or behind data given in a scenario. */
export function natBehaviour(spec: NatSpec): NatBehaviour {
  if (typeof spec === "string") return NAT_PRESETS[spec].behaviour;
  if (!("preset" in spec)) return completeNat(spec);
  const { preset, ...changed } = spec;
  return { ...NAT_PRESETS[preset].behaviour, ...changed };
}
