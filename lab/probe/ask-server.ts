import type { ProbeResult } from "../model/probe.ts";
import { restCredential } from "../stun/rest-credential.ts";
import { askAdminPorts, askWebAdmin } from "./admin-ports.ts";
import { askAmplification } from "./amplification.ts";
import { askAuthentication } from "./authentication.ts";
import { askLifetimes } from "./lifetimes.ts";
import { PUBLIC_PEER } from "./peer-addresses.ts";
import { probePeers } from "./probe-peers.ts";
import { askProtocol } from "./protocol.ts";
import { askQuota } from "./quota.ts";
import { askRelayToRelay } from "./relay-to-relay.ts";
import { DEFAULT_PROBE_LIMITS, type ProbeCredential, type ProbeLimits, type ProbeTarget } from "./target.ts";
import { askTcpRelay } from "./tcp-relay.ts";
import { askTls } from "./tls.ts";

export type AskServer = {
  /** Its listeners, at least one. */
  targets: readonly ProbeTarget[];
  /** Null: only what needs none is asked, unless there is a `secret` to make one with. */
  credential: ProbeCredential | null;
  /** Of time-limited credentials. */
  secret?: string;
  /** Addresses that calls need, and what for; and further ones that must not be reached. */
  reachable?: Readonly<Record<string, string>>;
  forbidden?: readonly string[];
  /** Most allocations to take at once. */
  maxAllocations?: number;
  /**
   * Send the TLS listener a GET, last of all. Default no: it ends a coturn 4.6.1 with `web-admin-listen-on-workers`.
   */
  asksWebAdmin?: boolean;
  /** How long a nonce is held. */
  holdMs?: number;
  limits?: ProbeLimits;
};

export const DEFAULT_MAX_ALLOCATIONS = 16;
const DEFAULT_HOLD_MS = 5_000;

/**
 * Every question to one server, without listeners of our own behind it. What takes allocations goes one after the other, so that
 * a quota of two suffices; at most `maxAllocations` at once are held, and all are given back.
 */
export async function askServer(asking: AskServer): Promise<ProbeResult[]> {
  const { targets, secret, reachable, forbidden, limits = DEFAULT_PROBE_LIMITS } = asking;
  const [first] = targets;
  if (!first) throw new Error("no listener to ask");
  const udp = targets.find(({ transport }) => transport === "udp") ?? null;
  const stream = targets.find(({ transport }) => transport === "tcp") ?? targets.find(isTls) ?? null;
  const target = udp ?? stream ?? first;
  const credential = asking.credential ?? (secret === undefined ? null : mintCredential(secret));
  const shared = { target, credential, limits };
  const authentication = await askAuthentication({ ...shared, ...(secret === undefined ? {} : { secret }) });
  const relay = await askRelayToRelay(target, credential, limits);
  const peers = await probePeers({
    ...shared,
    streamTarget: stream,
    ...(reachable ? { reachable } : {}),
    ...(forbidden ? { forbidden } : {}),
  });
  // Asked once over UDP at the most: coturn 4.6.1 counts what it refuses with 440 as held.
  const hasIpv6 = stream !== null || peers.some(({ id, verdict }) => id === "peer-fd00::1" && verdict !== "not-asked");
  const answers = {
    authentication,
    relay,
    peers,
    tcp: await askTcpRelay(stream, credential, limits),
    protocol: await askProtocol({ ...shared, stream, hasIpv6, peer: PUBLIC_PEER }),
    lifetimes: await askLifetimes(target, credential, asking.holdMs ?? DEFAULT_HOLD_MS, limits),
    tls: (await Promise.all(targets.filter(isTls).map((tls) => askTls(tls, limits)))).flat(),
    admin: await askAdminPorts(target.address, limits),
    amplification: await askAmplification(udp, limits),
    quota: await askQuota(target, credential, asking.maxAllocations ?? DEFAULT_MAX_ALLOCATIONS, limits),
    webAdmin: asking.asksWebAdmin ? await askWebAdmin(targets.find(isTls) ?? null, limits) : [],
  };
  return Object.values(answers).flat();
}

const isTls = ({ transport }: ProbeTarget) => transport === "tls";

const LIFETIME_S = 3_600;

/** A time-limited credential, for an hour. */
export function mintCredential(secret: string, userId = "turnlab-probe"): ProbeCredential {
  return restCredential(secret, { userId, expiresAtS: Math.floor(Date.now() / 1000) + LIFETIME_S });
}
