/** NAT behaviour as data, in the words of RFC 4787 (UDP), RFC 5382 (TCP) and RFC 6888 (carrier-grade NAT). */

export const NAT_BEHAVIOURS = ["endpoint-independent", "address-dependent", "address-and-port-dependent"] as const;

/** RFC 4787 section 4.1 (mapping) and section 5 (filtering) use the same three words. */
export type EndpointDependence = (typeof NAT_BEHAVIOURS)[number];

export const PORT_ALLOCATIONS = ["preserving", "random", "sequential"] as const;

/**
 * Which outside port a new mapping gets. `preserving`: the inside one, another where that is taken. `random`: any.
 * `sequential`: the next one. A block: each inside host (a subscriber) has so many consecutive ports of its own, taken
 * in order; when all of them are in use, a new mapping is refused by silence (RFC 6888 REQ-4, RFC 7422).
 */
export type PortAllocation = (typeof PORT_ALLOCATIONS)[number] | { portsPerSubscriber: number };

export type NatBehaviour = {
  mapping: EndpointDependence;
  filtering: EndpointDependence;
  /** The same for TCP (RFC 5382 sections 4.1 and 4.3); `mapping` and `filtering` above are UDP's. */
  tcp: { mapping: EndpointDependence; filtering: EndpointDependence };
  /** A host inside reaches another inside by its outside address, and is seen by its own outside address (REQ-9). */
  hairpinning: boolean;
  portAllocation: PortAllocation;
  /** `shared`: all hosts inside have one outside address. `one-to-one`: each has one of its own, ports untouched. */
  addressing: "shared" | "one-to-one";
  /** How long a UDP mapping lives without being refreshed; whole seconds. RFC 4787 REQ-5: at least two minutes. */
  mappingLifetimeMs: number;
  /** What refreshes it: outbound packets alone, or inbound ones too (RFC 4787 REQ-6). */
  refreshedBy: "outbound" | "both";
};

/** Outside ports that a NAT draws from; a subscriber's block is cut out of them. */
export const NAT_PORTS = { min: 1024, max: 65535 } as const;
/** Sequential ports, and blocks, begin here. */
export const FIRST_SEQUENTIAL_PORT = 16_384;
/** How many ports are handed out in turn before the first comes again. */
export const SEQUENTIAL_PORTS = 4_096;

/** Longer lifetimes cannot be measured before a load: the proof takes nearly twice as long. */
export const MAX_PROVEN_LIFETIME_MS = 60_000;
/** Longer ones are measured only where a scenario asks for it. */
export const MAX_UNASKED_LIFETIME_MS = 20_000;

/** Addresses are translated one to one and nothing is filtered: there is no mapping that could end. */
export function keepsNoState({ addressing, filtering }: Pick<NatBehaviour, "addressing" | "filtering">): boolean {
  return addressing === "one-to-one" && filtering === "endpoint-independent";
}

/** RFC 4787 REQ-5c: five minutes are recommended. */
export const DEFAULT_MAPPING_LIFETIME_MS = 300_000;

/** What a scenario writes: the two axes, and whatever else differs from the usual. */
export type NatData = Pick<NatBehaviour, "mapping" | "filtering"> & Partial<NatBehaviour>;

/**
 * Completes data given in a scenario: no hairpinning, one shared address, five minutes refreshed by both directions,
 * ports preserved where the mapping is endpoint-independent and random elsewhere; TCP maps like UDP and filters by
 * address and port, as connection tracking does.
 */
export function completeNat(nat: NatData): NatBehaviour {
  return {
    tcp: { mapping: nat.mapping, filtering: "address-and-port-dependent" },
    hairpinning: false,
    portAllocation: nat.mapping === "endpoint-independent" ? "preserving" : "random",
    addressing: "shared",
    mappingLifetimeMs: DEFAULT_MAPPING_LIFETIME_MS,
    refreshedBy: "both",
    ...nat,
  };
}
