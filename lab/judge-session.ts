import { isIPv4 } from "node:net";
import { keepsFirstPair, type PeerEngine } from "./model/engine.ts";
import type { PeerReport, SessionFinished } from "./model/events.ts";
import type { FailureCode } from "./model/failure.ts";
import { VIOLATIONS, type ViolationCode } from "./model/failure.ts";
import type { CellOutcome } from "./model/grid.ts";
import type { PathClass, TurnTransport } from "./model/ice.ts";
import { parseIceUrl } from "./model/ice-url.ts";
import { ROLES, type Role, type Scenario } from "./model/scenario.ts";
import { specialUse } from "./scenario/public-address.ts";

/** What a session must come to. */
export type Expectations = Pick<Scenario, "expectedPath" | "expectedTransport"> & {
  /** Where nothing may connect: the failure that it must have, or those that it may have. */
  expectedFailure?: FailureCode | readonly FailureCode[];
  /** What the peers' engine is known to make of it: as good as what is expected. */
  knownOutcome?: CellOutcome;
  /** Of the two ends, where a share of calls may stay on the first pair that works. A grid has its own (`differences`). */
  engines?: readonly PeerEngine[];
};

export type Violation = SessionFinished["violations"][number];

/** What one session came to, as far as expectations look at it. */
export type SessionFacts = {
  outcome: "connected" | "failed";
  failure: { code: FailureCode; message: string } | null;
  path: PathClass | null;
  peers: Record<Role, PeerReport>;
};

/** A server's public address and the names its URLs carry; `outside`: where it really is, if that is not in the lab. */
export type KnownServer = {
  name: string;
  address: string;
  hostname: string;
  aliases?: readonly string[];
  outside?: { address: string };
};

/** Holds a session against what it must come to; pure. Empty when all is met. */
export function judgeSession(
  scenario: Expectations,
  facts: SessionFacts,
  servers: readonly KnownServer[],
): Violation[] {
  const by = scenario.engines?.find(keepsFirstPair);
  const ofPair = [...pathViolations(scenario, facts), ...transportViolations(scenario, facts)];
  return [
    // A relay is what such an engine may stay on; that it finds a better path than there is, it does not explain.
    ...ofPair.map((one) =>
      by && one.code !== "unexpected_connection" && facts.path === "relayed" ? { ...one, by } : one,
    ),
    ...relayAddressViolations(facts, servers),
  ];
}

function violation(code: ViolationCode, detail: string): Violation {
  return { code, message: `${VIOLATIONS[code]} ${detail}` };
}

function pathViolations(
  { expectedPath: computed, knownOutcome, expectedFailure }: Expectations,
  { outcome, failure, path }: SessionFacts,
): Violation[] {
  const cameTo = outcome === "failed" ? "none" : path;
  const expectedPath = knownOutcome !== undefined && cameTo === knownOutcome ? knownOutcome : computed;
  if (expectedPath === "none") {
    if (outcome === "connected") return [violation("unexpected_connection", `Path: ${path}.`)];
    const legal = [expectedFailure ?? []].flat();
    if (legal.length > 0 && !legal.some((code) => code === failure?.code)) {
      return [violation("unexpected_failure", `Expected ${legal.join(" or ")}, found ${failure?.code ?? "none"}.`)];
    }
    // Peers that never set out prove nothing about the network between them.
    if (legal.length === 0 && failure?.code.startsWith("ice_servers_")) {
      return [violation("unexpected_failure", `Expected one of the path, found ${failure.code}.`)];
    }
    return [];
  }
  if (!expectedPath || outcome === "failed" || path === expectedPath) return [];
  return [violation("wrong_path", `Expected ${expectedPath}, found ${path}.`)];
}

function transportViolations({ expectedTransport }: Expectations, { outcome, path, peers }: SessionFacts): Violation[] {
  if (!expectedTransport || outcome === "failed") return [];
  const transports = { offerer: transportOf(peers, "offerer"), answerer: transportOf(peers, "answerer") };
  if (path === "relayed" && ROLES.every((role) => transports[role] === null)) {
    return [violation("wrong_transport", "Relayed, and neither end says over what.")];
  }
  return ROLES.flatMap((role) => {
    const found = transports[role];
    const expected: TurnTransport | undefined =
      typeof expectedTransport === "string"
        ? found === null
          ? undefined
          : expectedTransport
        : expectedTransport[role];
    if (!expected || found === expected) return [];
    return [violation("wrong_transport", `${role}: expected TURN over ${expected}, found ${found ?? "no relay"}.`)];
  });
}

/**
 * How an end reaches the TURN server that its data goes through: where it sends through it, or else hears through it. Ends
 * may select different pairs of one priority (libwebrtc), each sending to the far one's relay by itself.
 */
function transportOf(peers: SessionFacts["peers"], role: Role): TurnTransport | null {
  const own = peers[role];
  if (own.selectedTransport !== null) return own.selectedTransport;
  const seen = peers[role === "offerer" ? "answerer" : "offerer"].selectedPair?.remote;
  const relay = own.candidates.find((c) => c.type === "relay" && c.address === seen?.address && c.port === seen?.port);
  const url = relay?.url === undefined ? null : parseIceUrl(relay.url);
  return url && "transport" in url ? url.transport : null;
}

/** The host of `turn:HOST:PORT?transport=…` (RFC 7065 section 3.1), in small letters. */
function hostOf(url: string): string | undefined {
  return /^turns?:(\[[^\]]*\]|[^:?]*)/i.exec(url)?.[1]?.toLowerCase();
}

/** A relayed transport address must be one that the rest of the internet can send to (XOR-RELAYED-ADDRESS, RFC 8656). */
function relayAddressViolations({ peers }: SessionFacts, servers: readonly KnownServer[]): Violation[] {
  const wrong = new Map<string, string>();
  for (const { candidates } of Object.values(peers)) {
    for (const { type, address, url } of candidates) {
      if (type !== "relay" || !url) continue;
      const host = hostOf(url);
      const server = servers.find(({ hostname, aliases = [], address: own }) =>
        // DNS names are the same in capitals (RFC 4343).
        [hostname, ...aliases, own].some((name) => name.toLowerCase() === host),
      );
      if (server && isUnexpected(server, address)) {
        const own = server.outside?.address ?? server.address;
        wrong.set(server.name, `${server.name} is at ${own}, and its relay candidates say ${address}.`);
      }
    }
  }
  return [...wrong.values()].map((detail) => violation("relay_address_unexpected", detail));
}

/** A deployed server may have its relays at other addresses than its listeners, but not at private ones on the internet. */
function isUnexpected({ address, outside }: KnownServer, relayed: string): boolean {
  if (!outside) return address !== relayed;
  return isIPv4(relayed) && specialUse(relayed) !== null && specialUse(outside.address) === null;
}
