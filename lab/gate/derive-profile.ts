import { DEFAULT_LIMITS, DEFAULT_PROFILE_NUMBERS, type GateProfile } from "../model/gate-profile.ts";
import type { RawIceServer } from "../model/topology.ts";
import { listenersOf, type TurnListener, usualPorts } from "../model/turn-listeners.ts";
import type { Fault } from "../scenario/fault.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { readUser } from "../turn-config/read-value.ts";
import { Settings } from "../turn-config/settings.ts";
import { hasCertificate, optionsOf } from "./config-options.ts";
import type { GivenProfile } from "./given-profile.ts";
import { isLetOut } from "./networks.ts";
import { quotasOf, relayedCalls } from "./quotas.ts";
import { turnUrls } from "./turn-urls.ts";

/** Each further user is a kind of call of its own; of the rest the files are compared as texts. */
const MOST_USERS = 4;
/** As long as most who mint credentials let them live. */
const USUAL_LIFETIME_S = 86_400;

export type DerivedProfile = { profile: GateProfile; notes: string[] };

/**
 * A whole profile: what is given, and for the rest what the file says that clients have. `config` is the baseline, else the
 * candidate; `publicAddress` where the machine stands. Pure.
 */
export function deriveProfile(
  given: GivenProfile,
  { config, publicAddress }: { config: TurnConfig; publicAddress: string },
): DerivedProfile | { faults: Fault[] } {
  const { credential } = config.facts;
  const list = given.iceServers ? { iceServers: given.iceServers, notes: [] } : handedOut(config, publicAddress);
  if (given.iceServers?.some((entry) => needsCredential(entry)) && credential.kind === "hashed") {
    return { faults: [hashedFault(config, credential.line)] };
  }
  if ("faults" in list) return list;
  const { iceServers } = list;
  const notes = [...list.notes];
  const quotas = quotasOf(config);
  const lowered = <K extends "concurrentCalls" | "bitsPerSecond">(key: K, most: number, by: string) => {
    const wanted = DEFAULT_PROFILE_NUMBERS[key];
    if (given[key] !== undefined) return given[key];
    if (most < wanted) notes.push(`${key} is ${most} in place of ${wanted}: ${by} of ${config.file} allows no more`);
    return Math.min(most, wanted);
  };
  const profile: GateProfile = {
    networks: given.networks ?? networksOf(iceServers),
    iceServers,
    concurrentCalls: lowered("concurrentCalls", relayedCalls(quotas), quotas.allocations?.by ?? ""),
    bitsPerSecond: lowered("bitsPerSecond", quotas.bitsPerSecond ?? Number.POSITIVE_INFINITY, "max-bps"),
    credentialLifetimeS: given.credentialLifetimeS ?? (isMinted(config) ? USUAL_LIFETIME_S : null),
    callSeconds: given.callSeconds ?? DEFAULT_PROFILE_NUMBERS.callSeconds,
    peerAddresses: given.peerAddresses ?? [],
    ...(given.firewall ? { firewall: given.firewall } : {}),
    limits: {
      ...DEFAULT_LIMITS,
      ...given.limits,
      successRate: { ...DEFAULT_LIMITS.successRate, ...given.limits?.successRate },
      errorRate: { ...DEFAULT_LIMITS.errorRate, ...given.limits?.errorRate },
    },
    rules: given.rules ?? {},
  };
  return { profile, notes };
}

function isMinted({ facts: { credential } }: TurnConfig): boolean {
  return credential.kind === "secret" || (credential.kind === "missing" && credential.what === "secret");
}

/** Networks in which little more than port 443 is open are for those to say who listen there. */
function networksOf(iceServers: readonly RawIceServer[]): GateProfile["networks"] {
  const urls = iceServers.flatMap(({ urls }) => turnUrls([urls].flat()));
  const further = (["web-only", "tls-443"] as const).filter((network) => urls.some((url) => isLetOut(network, url)));
  return ["home", "symmetric", "cgnat", "udp-blocked", ...further];
}

/** Every listener that clients can be sent to, with every credential that opens the server. */
function handedOut(
  config: TurnConfig,
  publicAddress: string,
): { iceServers: RawIceServer[]; notes: string[] } | { faults: Fault[] } {
  const { facts } = config;
  const host = facts.hostname ?? publicAddress;
  const listeners = clientListeners(config);
  if (listeners.length === 0) {
    return {
      faults: [{ place: config.file, expected: "a listener that clients can be sent to", found: "none" }],
    };
  }
  const urls = [...new Set(listeners.map((listener) => urlOf(host, listener)))];
  const udp = listeners.find(({ transport }) => transport === "udp");
  const stun = udp ? [{ urls: [`stun:${host}:${udp.port}`] }] : [];
  const notes: string[] = [];
  if (!facts.isTlsOff && !hasCertificate(config)) {
    notes.push(
      `${config.file} names no cert and pkey: coturn has no TLS with it, and no turns: URL is taken as handed out`,
    );
  }
  const { credential } = facts;
  if (credential.kind === "hashed") return { faults: [hashedFault(config, credential.line)] };
  if (credential.kind !== "user") return { iceServers: [...stun, { urls }], notes };
  const { users, hashed } = usersOf(config);
  const taken = users.slice(0, MOST_USERS);
  const left = [
    ...(users.length > taken.length ? [`${users.length - taken.length} further users`] : []),
    ...(hashed > 0 ? [`${hashed} users of whom it has only keys`] : []),
  ];
  if (left.length > 0)
    notes.push(`no call is made as ${left.join(" or ")} of ${config.file}: they are compared as text`);
  return { iceServers: [...stun, ...taken.map((user) => ({ urls, ...user }))], notes };
}

function hashedFault({ file }: TurnConfig, line: number): Fault {
  return {
    place: `${file}:${line}`,
    expected: "a password that clients can present",
    found: "only keys (user=NAME:0x…), which give none away",
    hint: "Say what clients present in a profile: iceServers with username and credential.",
  };
}

const needsCredential = ({ urls, credential }: RawIceServer) =>
  credential === undefined && turnUrls([urls].flat()).length > 0;

/** Of two lines for one name the last counts. */
function usersOf({ text }: TurnConfig): { users: { username: string; credential: string }[]; hashed: number } {
  const users = new Map(
    new Settings(parseConfig(text)).valuesOf("user").flatMap((value) => {
      const user = readUser(value);
      return user ? [[user.username, user.password] as const] : [];
    }),
  );
  const known = [...users].flatMap(([username, credential]) => (credential === null ? [] : [{ username, credential }]));
  return { users: known, hashed: users.size - known.length };
}

/** Without what only a client that guesses would find: plain UDP at the port that is named for TLS. */
function clientListeners(config: TurnConfig): TurnListener[] {
  const options = optionsOf(config);
  const { plain, secure } = usualPorts(options);
  const isOfTls = ({ transport, port }: TurnListener) =>
    transport === "udp" && port === secure && port !== plain && !options["no-tls"];
  const all = listenersOf(options).filter((listener) => !isOfTls(listener));
  return all.filter(({ transport }) => transport !== "tls" || hasCertificate(config));
}

function urlOf(host: string, { transport, port }: TurnListener): string {
  return transport === "tls" ? `turns:${host}:${port}?transport=tcp` : `turn:${host}:${port}?transport=${transport}`;
}
