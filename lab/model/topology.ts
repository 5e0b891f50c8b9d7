import type { IceUrlKind } from "./ice.ts";
import type { NatBehaviour, NatPresetName } from "./nat.ts";

/** The name a peer or router uses for a plain public attachment, without NAT. */
export const INTERNET = "internet";

/** Address blocks of the lab's own internet; a server may stand anywhere else that is globally routable. */
export const LAB_BLOCKS = ["81.2.0.0/16", "51.15.0.0/16"] as const;

export type RouterSpec = {
  nat: NatPresetName | NatBehaviour;
  /** The router whose inside this one's outside hangs on; default: the internet. */
  upstream?: string;
};

export type TurnServerSpec = {
  /** IPv4 address on the lab's internet; chosen from the address plan when absent. */
  publicAddress?: string;
  /** Name in TURN URLs and on the certificate; resolves inside the lab only. Default `NAME.lab.test`. */
  hostname?: string;
  /** Long-term credential realm. Default: the hostname. */
  realm?: string;
  /** What the peers present. Default: a fresh user and password for each run. */
  credential?: { username: string; password: string };
  /**
   * turnserver.conf keys that replace or extend the lab's configuration: a value, several values, or `true`
   * for a bare flag, `false` to leave a key of the lab out.
   */
  options?: Record<string, string | number | boolean | string[]>;
};

/** The name a server has in URLs and on its certificate. */
export function hostnameOf(name: string, given: string | undefined): string {
  return given ?? `${name}.lab.test`;
}

/** All URLs of a server (STUN, TURN over UDP, TCP and TLS), or only some kinds. */
export type IceServerRef = string | { server: string; urls: IceUrlKind[] };

export type PeerSpec = {
  /** A router's name, or `internet`. */
  behind: string;
  iceServers: IceServerRef[];
  /** W3C `iceTransportPolicy`. Default `all`. */
  transportPolicy?: "all" | "relay";
};

export type Topology = {
  routers?: Record<string, RouterSpec>;
  turnServers?: Record<string, TurnServerSpec>;
};
