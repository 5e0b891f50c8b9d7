import type { TurnTransport } from "./ice.ts";
import type { Load } from "./load.ts";
import type { ScenarioThresholds } from "./thresholds.ts";
import type { Topology } from "./topology.ts";
import type { PacketStream, TrafficProfileName } from "./traffic-profile.ts";

/**
 * What one virtual user of the kind `allocation` does: a raw TURN client (RFC 8656) allocates, permits, binds a channel, relays
 * packets for `holdMs`, refreshes what would end, and gives the allocation back. One iteration is one such life.
 */
export type AllocationSpec = {
  /** A server of the topology. */
  server: string;
  over: TurnTransport;
  /**
   * Where its packets go. `peer`: to a peer that is not relayed, which sends each one back. `allocation`: to the relayed
   * address of a second allocation of the same client, whose packets come back the same way: a call of which both ends are
   * relayed. `none`: nowhere, it only holds.
   */
  relayTo: "peer" | "allocation" | "none";
  /** Default `channel`. */
  by?: "channel" | "send";
  /** Both directions, as long as it is held; none with `relayTo: "none"`. */
  traffic?: TrafficProfileName | readonly PacketStream[];
  holdMs: number;
  /** Asked for in LIFETIME. Default: the server's own. */
  lifetimeSeconds?: number;
  /** From the first packet until the channel is bound; past it the iteration has failed. Default 10,000. */
  timeoutMs?: number;
};

/** Nodes of every lab with such a load: the clients, and the peer that sends packets back. */
export const CLIENTS = "clients";
export const FAR_PEER = "far-peer";

/** Threads that the clients are spread over, unless `clients.workers` says so. */
export const MAX_WORKERS = 4;

export const DEFAULT_ALLOCATION_TIMEOUT_MS = 10_000;

/** An experiment of raw TURN clients, thousands in one process. */
export type AllocationScenario = {
  description: string;
  tags?: string[];
  topology: Topology;
  /** Where all clients stand. `workers`: threads of the process. Default: as many as the machine has cores, four at the most. */
  clients: { behind: string; workers?: number };
  /**
   * The peer that sends packets back, on the internet: relays send to its own address. Needed with `relayTo: "peer"`, and only there.
   */
  farPeer?: { behind: string };
  allocation: AllocationSpec;
  load: Load;
  thresholds?: ScenarioThresholds;
};
