import type { IceServerRef } from "./topology.ts";

/**
 * What an application does to get its peers their iceServers: who asks an API, how long a list is kept, and what is
 * done without one. Entries that are no API's are there at once and know no policy.
 */
export type IceServerPolicy = {
  /**
   * Default `each`: both peers ask, each for itself. `offerer`: it asks alone and tells the answerer over signalling,
   * which asks for itself only where it is told nothing.
   */
  fetchedBy?: "each" | "offerer";
  /** Of `fetchedBy: "offerer"`: how signalling carries the list. */
  sharing?: {
    /** From the offerer's having it to the answerer's. Default 0. */
    delayMs?: number;
    /** How long the answerer waits to be told, from setting out. Default 2,000. */
    waitMs?: number;
    /** Sessions, first and last, in which signalling loses it. Default: none. */
    failsIn?: [first: number, last: number];
    /**
     * An answerer that asked for itself, and is told after all, restarts ICE with what it is told; both ends go on. Only
     * where signalling is slower (`delayMs`) than the answerer is patient (`waitMs`). Default: what comes late is let be.
     */
    restartsOnLateList?: boolean;
  };
  /** Default: none, every peer asks for every session. */
  cache?: {
    /**
     * `backend`: one list for everybody. `peer`: each peer of each VU has its own and keeps it from call to call, as a
     * guide does whom one attendee after the other joins.
     */
    heldBy: "backend" | "peer";
    /** How long the application trusts a list. Default: as long as the API says, else as long as it was asked for. */
    lifetimeSeconds?: number;
    /** A list with less than this left is fetched anew. Default 0. */
    refreshBeforeSeconds?: number;
  };
  /** How long one request may take. Default 5,000. */
  timeoutMs?: number;
  /**
   * What stands in the list in place of an API that gave none; `[]`: nothing, the rest of the list has to do. Default:
   * the session fails.
   */
  fallback?: IceServerRef[];
};

export const DEFAULT_API_TIMEOUT_MS = 5_000;
export const DEFAULT_SHARE_WAIT_MS = 2_000;
