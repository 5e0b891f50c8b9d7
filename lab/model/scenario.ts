import type { FailureCode } from "./failure.ts";
import type { PathClass, TurnTransport } from "./ice.ts";
import type { IceServerPolicy } from "./ice-server-policy.ts";
import type { LinkSpec } from "./link.ts";
import type { Load, Traffic } from "./load.ts";
import type { ScenarioThresholds } from "./thresholds.ts";
import type { PeerSpec, Topology } from "./topology.ts";

export type Role = "offerer" | "answerer";
export const ROLES: readonly Role[] = ["offerer", "answerer"];

/** Something that happens to the lab while sessions run; `atMs` counts from the start of the load. */
export type Change = { atMs: number } & (
  | {
      /**
       * A router loses its NAT state, and its proxy all tunnels, as at a reboot or when a line is dialled anew; it is dead
       * for `downMs` first.
       */
      router: string;
      forgets: true;
      downMs?: number;
    }
  | {
      /** The wire of this node (peer, router's outside, server, a region's hub) takes these conditions instead of those it had. */
      node: string;
      link: LinkSpec;
    }
  | {
      /** A server with `secrets`, while it runs: the secrets that it takes from then on, new ones first. */
      server: string;
      secrets: string[];
    }
  | {
      /** Whoever mints for this server (an API, the application) does it with this secret from then on. */
      server: string;
      mintsWith: string;
    }
  | {
      /** A TURN server is lost, or comes back. */
      server: string;
      becomes: ServerChange;
    }
);

/**
 * `killed`: its process is gone and its machine is not, so that what comes is refused. `cut-off`: nothing reaches or leaves
 * it, in silence. `drained`: whom it has answered before goes on; nobody else is answered. `restored`: back from any of
 * them, once its listeners answer.
 */
export const SERVER_CHANGES = ["killed", "cut-off", "drained", "restored"] as const;
export type ServerChange = (typeof SERVER_CHANGES)[number];

/** One experiment, as data. The file's name is its name. */
export type Scenario = {
  /** One sentence: who calls whom from where, and what must happen. */
  description: string;
  tags?: string[];
  topology: Topology;
  peers: Record<Role, PeerSpec>;
  load: Load;
  /** How the application gets its peers what APIs of the topology hand out. Default: each peer asks, every time. */
  iceServerPolicy?: IceServerPolicy;
  /** Default: 5 messages of 200 bytes each way at 50 a second. */
  traffic?: Traffic;
  /** Checked on every session; `none`: every session must fail, with `expectedFailure`. */
  expectedPath?: PathClass | "none";
  expectedFailure?: FailureCode;
  /**
   * Transport between peer and TURN server in the selected pair. One word: whichever end is relayed uses it. By role:
   * that end is relayed, over it.
   */
  expectedTransport?: TurnTransport | Partial<Record<Role, TurnTransport>>;
  thresholds?: ScenarioThresholds;
  /** Default 30,000. */
  sessionTimeoutMs?: number;
  changes?: Change[];
  /** Runs alone, never beside another scenario: for scenarios that measure load. */
  exclusive?: boolean;
};

export const DEFAULT_TRAFFIC: Traffic = { messageBytes: 200, messagesPerSecond: 50, durationMs: 100 };
export const DEFAULT_SESSION_TIMEOUT_MS = 30_000;
