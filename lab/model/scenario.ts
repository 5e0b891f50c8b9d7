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

/** What a call does about its own silence. */
export type RecoverySpec = {
  /**
   * `ice-restart`: both ends keep the call, gather anew and look for another path (RFC 8445 section 9). `new-call`: the call
   * is given up, as dropped, and another one made in its place.
   */
  by: "ice-restart" | "new-call";
  /** Nothing heard from the far peer for this long is a silence. Default 5,000. */
  afterSilenceMs?: number;
  /** From then until data must flow again at both ends; past it the call is dropped, or no more made. Default 10,000. */
  withinMs?: number;
};

/**
 * libwebrtc counts a pair as unwritable, and a browser says `disconnected`, when five checks went unanswered and the first
 * of them 5 s ago (p2p/base/p2p_constants.h, CONNECTION_WRITE_CONNECT_TIMEOUT); applications restart then.
 */
export const DEFAULT_RECOVERY = { afterSilenceMs: 5_000, withinMs: 10_000 } as const;

/**
 * `killed`: its process is gone and its machine is not, so that what comes is refused. `cut-off`: nothing reaches or leaves
 * it, in silence. `drained`: whom it has answered before goes on; nobody else is answered. `restored`: back from any of
 * them, once its listeners answer.
 */
export const SERVER_CHANGES = ["killed", "cut-off", "drained", "restored"] as const;
export type ServerChange = (typeof SERVER_CHANGES)[number];

/** What carries offers, answers and candidates from one peer to the other. Both directions alike. */
export type SignallingSpec = {
  /** Each message comes so much later, in order; those of an ICE restart as well. */
  delayMs?: number;
  /** Of messages, from 0 to 1, that never come; by a fixed sequence for each session, so that every run loses as many. */
  loss?: number;
  /** These kinds never come, nor do those of a restart; the end of candidates is one of `candidate`. */
  drops?: ("offer" | "answer" | "candidate")[];
  /** Candidates come at once, before the description that takes `delayMs`, and whoever has none yet throws them away. */
  losesEarlyCandidates?: boolean;
};

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
  /**
   * With a path: every session must connect over it, and be dropped with this failure. A code that a diagnosis comes to
   * (`FAILURES` with `seenAs`) must be the diagnosis of every session.
   */
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
  /** Default: at once, in order, without loss. */
  signalling?: SignallingSpec;
  /** Without it a call that falls silent stays so, and is dropped. */
  recovery?: RecoverySpec;
  /** Runs alone, never beside another scenario: for scenarios that measure load. */
  exclusive?: boolean;
};

export const DEFAULT_TRAFFIC: Traffic = { messageBytes: 200, messagesPerSecond: 50, durationMs: 100 };
export const DEFAULT_SESSION_TIMEOUT_MS = 30_000;
