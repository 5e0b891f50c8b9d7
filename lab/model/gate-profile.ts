import type { CheckSeverity } from "./check.ts";
import type { PortRule } from "./firewall.ts";
import type { RawIceServer } from "./topology.ts";

/** What an application and its users need of a TURN server: what the gate holds a config against. */

/** Where clients are. Each is a network of the lab (`lab/gate/networks.ts`). */
export const CLIENT_NETWORKS = {
  home: "users at home, behind a port-restricted router",
  symmetric: "users behind symmetric NATs, as of offices",
  cgnat: "users on phones, behind a carrier's NAT",
  "udp-blocked": "users behind firewalls that block UDP",
  "web-only": "users behind firewalls that let only TCP ports 80 and 443 out",
  "tls-443": "users behind firewalls that let only TLS on port 443 out",
} as const;
export type ClientNetwork = keyof typeof CLIENT_NETWORKS;

export type GateLimits = {
  /**
   * A cell's rate of calls that connect in time: at the most `bad` and it fails, at least `good` and it passes; what lies between
   * may come out either way.
   */
  successRate: { bad: number; good: number };
  /** A call counts as made only when it connected within this. */
  connectTimeMs: number;
  /** Share of verdicts "pass" on what is bad, and of "fail" on what is good; of the whole verdict. */
  errorRate: { pass: number; fail: number };
  /** How much worse than the baseline a metric may be: 0.25 is a quarter more. */
  margin: number;
  /** Without a verdict until then it is undecided. */
  budgetMs: number;
};

export const DEFAULT_LIMITS: GateLimits = {
  successRate: { bad: 0.95, good: 0.99 },
  connectTimeMs: 5_000,
  errorRate: { pass: 0.05, fail: 0.05 },
  margin: 0.25,
  budgetMs: 300_000,
};

export type GateProfile = {
  /** Networks that must work. */
  networks: ClientNetwork[];
  /**
   * What the application hands out. An entry without `credential` gets a time-limited one, minted with the baseline's (else the
   * candidate's) secret, or that file's user.
   */
  iceServers: RawIceServer[];
  /** Calls at once, each with both ends relayed. */
  concurrentCalls: number;
  /** Of one call, each way. */
  bitsPerSecond: number;
  /** Of minted credentials, in seconds; null: fixed users. */
  credentialLifetimeS: number | null;
  /** How long a call lasts: what lives shorter (nonces, permissions, lifetimes) must be renewable by clients. */
  callSeconds: number;
  /** Peers that relays must reach beside other relays: SFU addresses, IPv4. */
  peerAddresses: string[];
  /** What the firewall in front of the server lets in; absent: everything. */
  firewall?: PortRule[];
  limits: GateLimits;
  /** Rules of check and probe that count otherwise here, by their id. */
  rules: Readonly<Record<string, CheckSeverity | "off">>;
};

export const DEFAULT_PROFILE_NUMBERS = {
  concurrentCalls: 20,
  bitsPerSecond: 500_000,
  callSeconds: 3_600,
} as const;
