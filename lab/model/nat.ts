/** NAT behaviour as data, in the words of RFC 4787 (UDP) sections 4 and 5. */

export const NAT_BEHAVIOURS = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

/** RFC 4787 section 4.1 (mapping) and section 5 (filtering) use the same three words. */
export type EndpointDependence = (typeof NAT_BEHAVIOURS)[number];

export type NatBehaviour = {
  mapping: EndpointDependence;
  filtering: EndpointDependence;
  /** Which outside port a mapping gets: the inside one where it is free, or any. */
  portAllocation: "preserving" | "random";
  /** `blocked`: outbound UDP is dropped without an answer; TCP passes. */
  udp: "translated" | "blocked";
};

/** What a probe saw from inside; null where the probe could not tell (UDP blocked, say). */
export type ObservedNat = {
  mapping: EndpointDependence | null;
  filtering: EndpointDependence | null;
  portPreserved: boolean | null;
  udp: "translated" | "blocked";
  tcp: "translated" | "blocked";
  /** True when an unsolicited datagram to the outside address got in; only a full cone lets it. */
  unsolicitedPassed: boolean | null;
  /** The outside address the probe's packets came from. */
  externalAddress: string | null;
};

export type NatPreset = NatBehaviour & {
  /** One sentence: what the network is. */
  description: string;
  /** Equipment that behaves so. */
  equipment: string;
  /** What it means for ICE. */
  consequence: string;
  /** Which address block the router hands out inside. */
  lan: "home" | "carrier";
};

const portRestricted = {
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  portAllocation: "preserving",
  udp: "translated",
} as const satisfies NatBehaviour;

const symmetric = {
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  portAllocation: "random",
  udp: "translated",
} as const satisfies NatBehaviour;

/** Presets are names for data. The old word for a behaviour ("symmetric", "port-restricted cone") stands here only. */
export const NAT_PRESETS = {
  home: {
    ...portRestricted,
    description: "A home router: one outside port per inside socket, answers only from where it was sent to.",
    equipment: "FRITZ!Box, most Linux-based home routers ('port-restricted cone')",
    consequence: "Two of them connect directly by hole punching; against a symmetric NAT a relay is needed.",
    lan: "home",
  },
  symmetric: {
    ...symmetric,
    description: "A new outside port for every destination.",
    equipment: "Enterprise firewalls with random source ports (Cisco ASA, Palo Alto, pf without static-port)",
    consequence: "STUN learns a port that nobody else can use: only a relay, or a peer that filters less, connects.",
    lan: "home",
  },
  cgnat: {
    ...symmetric,
    description: "A carrier NAT that home routers or phones stand behind, with 100.64.0.0/10 inside.",
    equipment: "Mobile carriers and DS-Lite or NAT444 providers with address-and-port-dependent mapping",
    consequence: "Users without a public address of their own; without TURN most calls between two of them fail.",
    lan: "carrier",
  },
  "udp-blocked": {
    ...portRestricted,
    udp: "blocked",
    description: "A network that lets TCP out and drops UDP silently.",
    equipment: "Office, hotel and hospital firewalls",
    consequence: "Only TURN over TCP or TLS connects, after every UDP attempt has gone unanswered.",
    lan: "home",
  },
} as const satisfies Record<string, NatPreset>;

export type NatPresetName = keyof typeof NAT_PRESETS;

/** The behaviour behind a preset's name or behind data given in a scenario. */
export function natBehaviour(nat: NatPresetName | NatBehaviour): NatBehaviour {
  if (typeof nat !== "string") return nat;
  const { mapping, filtering, portAllocation, udp } = NAT_PRESETS[nat];
  return { mapping, filtering, portAllocation, udp };
}

/** Why the lab cannot build a behaviour, or null. Only what has been measured is built. */
export function unbuildable(nat: NatBehaviour): string | null {
  if (nat.mapping === "endpoint-independent") {
    return nat.portAllocation === "preserving"
      ? null
      : "endpoint-independent mapping is built with portAllocation: preserving";
  }
  if (nat.mapping === "address-dependent") return "address-dependent mapping is not built yet";
  if (nat.filtering !== "address-and-port-dependent") {
    return "address-and-port-dependent mapping is built with address-and-port-dependent filtering";
  }
  return nat.portAllocation === "random"
    ? null
    : "address-and-port-dependent mapping is built with portAllocation: random";
}

/** Each way in which a router is not what it claims, in plain words; empty when it is. */
export function natMismatches(expected: NatBehaviour, observed: ObservedNat): string[] {
  const wrong: string[] = [];
  const compare = (what: string, want: unknown, got: unknown) => {
    if (want !== got) wrong.push(`${what}: expected ${String(want)}, observed ${String(got)}`);
  };
  compare("udp", expected.udp, observed.udp);
  compare("tcp", "translated", observed.tcp);
  if (expected.udp === "translated") {
    compare("mapping", expected.mapping, observed.mapping);
    compare("filtering", expected.filtering, observed.filtering);
    compare("port preserved", expected.portAllocation === "preserving", observed.portPreserved);
    if (expected.filtering !== "endpoint-independent")
      compare("unsolicited input passed", false, observed.unsolicitedPassed);
  }
  return wrong;
}
