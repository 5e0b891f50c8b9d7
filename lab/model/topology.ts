import type { MachineSize } from "./capacity.ts";
import type { PeerEngine } from "./engine.ts";
import { type FirewallSpec, firewallOf, type PortRule } from "./firewall.ts";
import type { IceUrlKind } from "./ice.ts";
import type { IceServerApiSpec } from "./ice-server-api.ts";
import type { LinkSpec } from "./link.ts";
import { type NatSpec, natBehaviour, presetOf } from "./nat-presets.ts";
import type { RouterBehaviour } from "./observed-nat.ts";
import type { OtherServer } from "./other-server.ts";
import type { OutsideServer } from "./outside-server.ts";

/** The name a peer or router uses for a plain public attachment, without NAT. */
export const INTERNET = "internet";

/** Address blocks of the lab's own internet; a server may stand anywhere else that is globally routable. */
export const LAB_BLOCKS = ["81.2.0.0/16", "51.15.0.0/16"] as const;

/** Last bytes that the lab gives to hosts of a LAN; of the others some are the router's, the probe's and the reflector's. */
export const LAN_HOSTS = { first: 10, last: 250 } as const;

/** Those that a server may be given: clouds number from 2 on, and so do the files that are written for them. */
export const GIVEN_LAN_HOSTS = { first: 2, last: LAN_HOSTS.last } as const;

/**
 * What a router gives its LAN. `ipv4`: NAT alone. `dual`: IPv6 as well, routed, with a stateful firewall (RFC 6092).
 * `ipv6`: IPv6 alone, no way to IPv4. `nat64`: IPv6 alone, with NAT64 and DNS64 towards IPv4 (RFC 6146, RFC 6147);
 * what it sends to IPv4 passes the router's `nat`.
 */
export type IpFamily = "ipv4" | "dual" | "ipv6" | "nat64";

export type RouterSpec = {
  nat: NatSpec;
  /** The router whose inside this one's outside hangs on; default: the internet. */
  upstream?: string;
  /** Default: the preset's, else open. */
  firewall?: FirewallSpec;
  /** Conditions of the wire on its outside. */
  link?: LinkSpec;
  /** Its IPv4 address on the internet; chosen from the address plan when absent. Not behind another router. */
  publicAddress?: string;
  /** The IPv4 /24 of its LAN, as `10.128.0.0/24`. Default: what homes or carriers have. */
  lan?: string;
  /** Ports of its outside address that lead to the same port of a node on its LAN, and by which that node's own leave. */
  forwards?: { to: string; ports: PortRule[] }[];
  /** Where on the internet it stands; only of a router that is not behind another. */
  region?: string;
  /** Default `ipv4`. Other than that only right on the internet, not behind another router. */
  ip?: IpFamily;
  /**
   * Also measures mapping lifetime and refresh before the load, of up to 60 s; takes nearly two lifetimes. Default: where
   * a call outlasts a lifetime of 20 s at the most. Where one outlasts a lifetime that was not measured, the summary says so.
   */
  proveLifetime?: boolean;
};

/** All that a router is meant to be: its NAT, and its own firewall or else its preset's. */
export function routerBehaviour({ nat, firewall }: Pick<RouterSpec, "nat" | "firewall">): RouterBehaviour {
  return { ...natBehaviour(nat), firewall: firewallOf(firewall ?? presetOf(nat)?.firewall) };
}

/**
 * What may be wrong with a server's certificate: `untrusted`, signed by an authority that no peer knows; `other-name`, for a
 * host of another name; `expired`, yesterday; `incomplete-chain`, sent without the intermediate certificate that signed it.
 */
export const CERTIFICATE_FLAWS = ["untrusted", "other-name", "expired", "incomplete-chain"] as const;
export type CertificateFlaw = (typeof CERTIFICATE_FLAWS)[number];

/** The only name on a certificate that is another host's. */
export const otherNameOf = (hostname: string): string => `other.${/[^0-9.:]/.test(hostname) ? hostname : "lab.test"}`;

export type TurnServerSpec = {
  /**
   * The IPv4 address by which clients know it; chosen from the address plan when absent. Behind a router with one-to-one
   * addressing (`cloud-1to1`) it is the server's outside address there; behind any other it is that router's own, which
   * has to forward the ports.
   */
  publicAddress?: string;
  /** A router's name, or `internet`, the default. */
  behind?: string;
  /** Its own address on that router's LAN; default: the next one. */
  privateAddress?: string;
  /** Where on the internet it stands; only of a server that is not behind a router. */
  region?: string;
  /** Further names that resolve to it inside the lab and stand on its certificate. */
  aliases?: string[];
  /**
   * A turnserver.conf to run as it is: a path, relative to the scenario's file. Its addresses say where the server stands;
   * `options`, `realm` and `secrets` are the file's, and must not stand beside it.
   */
  config?: string;
  /** What its placeholders stand for, by name (`YOUR_VM_EXTERNAL_IP`); `--set` and `--env-file` win over them. */
  configValues?: Record<string, string>;
  /**
   * What to run instead of the lab's coturn: an image that carries a `turnserver`, as `docker run` takes it, or a server
   * that is not coturn.
   */
  image?: string | OtherServer;
  /**
   * Shared secrets of time-limited credentials (coturn: static-auth-secret; draft-uberti-behave-turn-rest-00). With any,
   * the server takes these credentials and no user of its own. Default: none, or a fresh one where an API mints for it.
   */
  secrets?: string[];
  /** Default: `dual` where something else in the topology has IPv6, else `ipv4`. */
  ip?: "ipv4" | "dual";
  /** Cloud firewall in front of it: what may come in from the internet. Default: everything. */
  firewall?: PortRule[];
  /** Conditions of its wire. */
  link?: LinkSpec;
  /** What its container may use, as a smaller machine would have it. Default: all that this machine has. */
  size?: MachineSize;
  /** Name in TURN URLs and on the certificate; resolves inside the lab only. Default `NAME.lab.test`, of a `config` its realm. */
  hostname?: string;
  /** What is wrong with its certificate. Default: nothing; the run's own authority, which peers trust, has signed it. */
  certificate?: CertificateFlaw;
  /** Long-term credential realm. Default: the hostname. */
  realm?: string;
  /** The realm that its stored key was computed for, where that is not its own (turnadmin -k -r OTHER). Only with a user. */
  keyRealm?: string;
  /** IP TTL of the UDP datagrams that it sends. coturn 4.17.0 and 4.17.1 answer with 1 (coturn#2043). */
  sendsTtl?: number;
  /** What the peers present. Default: a fresh user and password for each run, of a `config` what it has. */
  credential?: { username: string; password: string };
  /**
   * turnserver.conf keys that replace or extend the lab's configuration: a value, several values, or `true`
   * for a bare flag, `false` to leave a key of the lab out.
   */
  options?: Record<string, string | number | boolean | string[]>;
  /** It is deployed elsewhere and not started here. Put in by `--turn-url`; a scenario file cannot have it. */
  outside?: OutsideServer;
};

/** The name a server has in URLs and on its certificate. */
export function hostnameOf(name: string, given: string | undefined): string {
  return given ?? `${name}.lab.test`;
}

/**
 * All URLs of a server (STUN, TURN over UDP, TCP and TLS), or only some kinds; by its name, what an API of
 * `iceServerApis` answers; or an entry as an application has it (W3C RTCIceServer), whose hosts are names or addresses of
 * the lab's servers, or `deadHosts`.
 */
export type IceServerRef = string | OwnIceServer | RawIceServer;

/** A server of the topology; `credential`: what is wrong with what the application presents there. */
export type OwnIceServer = { server: string; urls: IceUrlKind[]; credential?: CredentialFlaw };

/**
 * What an application does wrong. Of any server: `wrong-password`, `unknown-user`. Of one with `secrets`: `expired` (an hour
 * ago), `milliseconds` (expiry in ms), `wrong-secret`, `sha256` and `hex` (of the hash), `fixed-user` (no expiry in the
 * name). Of one without: `time-limited` (a minted one, where the server has a user).
 */
export const CREDENTIAL_FLAWS = [
  "wrong-password",
  "unknown-user",
  "expired",
  "milliseconds",
  "wrong-secret",
  "sha256",
  "hex",
  "fixed-user",
  "time-limited",
] as const;
export type CredentialFlaw = (typeof CREDENTIAL_FLAWS)[number];

/** W3C RTCIceServer. */
export type RawIceServer = { urls: string | string[]; username?: string; credential?: string };

export const isRawIceServer = (ref: IceServerRef): ref is RawIceServer => typeof ref === "object" && !("server" in ref);

/**
 * What a client does wrong, as clients in the field did; only of werift. `ignores-stale-nonce`: after 438 it does not ask
 * again (pion/turn#102, webrtc-rs#542). `no-permission-refresh`, `no-allocation-refresh`: it lets them end. `reuses-port`:
 * each call takes the local UDP ports of one before, the first too, whose allocations were left behind (coturn#1138).
 * `no-keepalive`: no consent checks, so that an idle pair is silent.
 */
export const CLIENT_FLAWS = [
  "ignores-stale-nonce",
  "no-permission-refresh",
  "no-allocation-refresh",
  "reuses-port",
  "no-keepalive",
] as const;
export type ClientFlaw = (typeof CLIENT_FLAWS)[number];

export type PeerSpec = {
  /** A router's name, or `internet`. */
  behind: string;
  iceServers: IceServerRef[];
  /** W3C `iceTransportPolicy`. Default `all`. */
  transportPolicy?: "all" | "relay";
  /** Conditions of its wire. */
  link?: LinkSpec;
  /** Where on the internet it stands; only of a peer that is not behind a router. */
  region?: string;
  /** Default `werift`. */
  engine?: PeerEngine;
  /**
   * Whether it tells host candidates by mDNS names instead of addresses (draft-ietf-mmusic-mdns-ice-candidates), as a
   * browser does until the page may use microphone or camera. Only of browsers; default: true where calls carry no media.
   */
  mdns?: boolean;
  flaws?: ClientFlaw[];
};

/**
 * A part of the lab's internet with a hub of its own: `latencyMs` is the one-way latency between that hub and the
 * exchange where all hubs meet. Two nodes of one region are as near as their wires; of two, by the sum of both latencies
 * farther. What names no region hangs on the exchange.
 */
export type RegionSpec = { latencyMs: number };

/** Conditions of the wire between a region's hub and the exchange; none where the region is no farther than a wire. */
export const hubLink = ({ latencyMs }: RegionSpec): LinkSpec | undefined => (latencyMs > 0 ? { latencyMs } : undefined);

export type Topology = {
  regions?: Record<string, RegionSpec>;
  routers?: Record<string, RouterSpec>;
  turnServers?: Record<string, TurnServerSpec>;
  /** HTTP APIs that peers get their iceServers from. Not in a grid. */
  iceServerApis?: Record<string, IceServerApiSpec>;
  /** Names in applications' lists that nobody has any more: they do not resolve in the lab. */
  deadHosts?: string[];
};

/** Whether anything in a topology has IPv6. */
export function topologyHasIpv6({ routers = {}, turnServers = {} }: Topology): boolean {
  return (
    Object.values(routers).some(({ ip = "ipv4" }) => ip !== "ipv4") ||
    Object.values(turnServers).some(({ ip }) => ip === "dual")
  );
}

/** The families a server has: its own word, else IPv4, and IPv6 as well where somebody has it; behind a router never. */
export function serverIp(
  { ip, behind = INTERNET }: Pick<TurnServerSpec, "ip" | "behind">,
  topology: Topology,
): "ipv4" | "dual" {
  if (behind !== INTERNET) return "ipv4";
  return ip ?? (topologyHasIpv6(topology) ? "dual" : "ipv4");
}
