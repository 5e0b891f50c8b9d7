import type { EndpointDependence, NatBehaviour } from "../../model/nat.ts";

/** One protocol's part of a NAT's behaviour. */
export type Translation = Pick<NatBehaviour, "hairpinning" | "portAllocation" | "addressing" | "refreshedBy"> & {
  protocol: "udp" | "tcp";
  mapping: EndpointDependence;
  filtering: EndpointDependence;
  /** How long a mapping is kept that nothing refreshes. */
  lifetimeMs: number;
};

/** RFC 5382 REQ-5: two hours and four minutes. */
export const TCP_LIFETIME_MS = 7_440_000;
/** RFC 5382 REQ-5: four minutes while a connection is half open or half closed. */
export const TCP_TRANSITORY_MS = 240_000;
/**
 * After a reset, and after a FIN from both ends. The RFC leaves it open; it is what RouterOS takes for both, and Linux
 * after a reset (its 120 s of TIME_WAIT would keep a small block of ports used up for as long as a scenario lasts).
 */
export const TCP_CLOSED_MS = 10_000;

export function translationsOf(nat: NatBehaviour): Record<Translation["protocol"], Translation> {
  const { hairpinning, portAllocation, addressing } = nat;
  const common = { hairpinning, portAllocation, addressing };
  const udp = { mapping: nat.mapping, filtering: nat.filtering, refreshedBy: nat.refreshedBy };
  return {
    udp: { ...common, ...udp, protocol: "udp", lifetimeMs: nat.mappingLifetimeMs },
    // What refreshes a mapping is a question that RFC 4787 REQ-6 asks of UDP alone.
    tcp: { ...common, ...nat.tcp, refreshedBy: "both", protocol: "tcp", lifetimeMs: TCP_LIFETIME_MS },
  };
}

/**
 * What the rules must remember besides the kernel's connection tracking, which knows flows and no mappings.
 *
 * - `nothing`: every flow has a port of its own, or every host an address of its own, and only a flow's own answers come
 *   in.
 * - `claims`: one port for all flows of an inside socket, which is the socket's own unless another host has it. Who has
 *   which port is looked at and written down once a flow: no packet of a flow under way costs anything.
 * - `mappings`: mappings with a life of their own, refreshed by the packets that use them.
 */
export type Memory = "nothing" | "claims" | "mappings";

export function memoryOf(translation: Translation): Memory {
  const { mapping, filtering, hairpinning, refreshedBy, portAllocation, addressing } = translation;
  const isPlain = filtering === "address-and-port-dependent" && refreshedBy === "both" && !hairpinning;
  if (addressing === "one-to-one") return isPlain || filtering === "endpoint-independent" ? "nothing" : "mappings";
  if (!isPlain) return "mappings";
  if (mapping === "endpoint-independent" && portAllocation === "preserving") return "claims";
  const drawsBlindly = portAllocation === "random" || portAllocation === "sequential";
  return mapping === "address-and-port-dependent" && drawsBlindly ? "nothing" : "mappings";
}

/**
 * A claim outlives the flows it is made for, as nothing refreshes it while they go on. Should it end too early, two hosts
 * may share a port until both want the same destination; while it lasts too long, a host does without its own port.
 */
const CLAIM_MS = 3_600_000;

/** A mapping is refreshed at most so often: the packets in between cost one look into one set. */
const REFRESH_SHARE = 1 / 20;
const REFRESH_MS = { min: 50, max: 1_000 };

/** How late a mapping may end, and never early: its last packets need not have refreshed it. */
export function refreshEveryMs(lifetimeMs: number): number {
  return Math.round(Math.min(REFRESH_MS.max, Math.max(REFRESH_MS.min, lifetimeMs * REFRESH_SHARE)));
}

/** How long an entry is kept that nothing refreshes. */
export function keptMs(translation: Translation, refreshMs: number): number {
  const { lifetimeMs } = translation;
  return memoryOf(translation) === "claims" ? Math.max(CLAIM_MS, lifetimeMs) : lifetimeMs + refreshMs;
}
