import { isIPv4 } from "node:net";
import type { Diagnosis } from "./model/diagnosis.ts";
import { keepsFirstPair, type PeerEngine } from "./model/engine.ts";
import type { PeerReport, SessionFinished } from "./model/events.ts";
import {
  type FailureCode,
  isDiagnosed,
  NEVER_OF_THE_PATH,
  seenAs,
  VIOLATIONS,
  type ViolationCode,
} from "./model/failure.ts";
import type { CellOutcome } from "./model/grid.ts";
import type { PathClass, TurnTransport } from "./model/ice.ts";
import { ROLES, type Role, type Scenario } from "./model/scenario.ts";
import { toldFailures } from "./model/told-failure.ts";
import { turnTransportOf } from "./model/turn-transport.ts";
import { specialUse } from "./scenario/public-address.ts";

/** What a session must come to. */
export type Expectations = Pick<Scenario, "expectedPath" | "expectedTransport"> & {
  /**
   * Where nothing may connect: the failure that it must have, or those that it may have. With a path of a scenario: that it
   * connects over it, and is dropped with this.
   */
  expectedFailure?: FailureCode | readonly FailureCode[];
  /** What the peers' engine is known to make of it: as good as what is expected. */
  knownOutcome?: CellOutcome;
  /**
   * Of the two ends, where a share of calls may stay on the first pair that works, and a browser cannot tell every cause.
   * Default: such as look for the best pair, and tell why they fail. A grid has its own (`differences`).
   */
  engines?: readonly PeerEngine[];
};

export type Violation = SessionFinished["violations"][number];

/** What one session came to, as far as expectations look at it. */
export type SessionFacts = {
  outcome: "connected" | "failed";
  dropped: boolean;
  failure: { code: FailureCode; message: string } | null;
  /** Why it failed or was dropped; null: nothing could be concluded, or it did neither. */
  diagnosis: Pick<Diagnosis, "code" | "confidence"> | null;
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
  // A relay is what such an engine may stay on, over whatever it has first; that it finds a better path, or a better
  // transport, than there is, it does not explain.
  const ofPath = pathViolations(scenario, facts).map((one) =>
    by && one.code === "wrong_path" && facts.path === "relayed" ? { ...one, by } : one,
  );
  const ofTransport = transportViolations(scenario, facts).map(({ isBetter, ...one }) =>
    by && facts.path === "relayed" && !isBetter ? { ...one, by } : one,
  );
  // Relayed addresses that are wrong are what such a scenario is about.
  const isWrongMeant = [scenario.expectedFailure ?? []].flat().includes("relay_address_wrong");
  return [
    ...ofPath,
    ...dropViolations(scenario, facts),
    ...ofTransport,
    ...(isWrongMeant ? [] : relayAddressViolations(facts, servers)),
  ];
}

function violation(code: ViolationCode, detail: string): Violation {
  return { code, message: `${VIOLATIONS[code]} ${detail}` };
}

function pathViolations(
  { expectedPath: computed, knownOutcome, expectedFailure, engines = [] }: Expectations,
  facts: SessionFacts,
): Violation[] {
  const { outcome, failure, path } = facts;
  const cameTo = outcome === "failed" ? "none" : path;
  const expectedPath = knownOutcome !== undefined && cameTo === knownOutcome ? knownOutcome : computed;
  if (expectedPath === "none") {
    if (outcome === "connected") return [violation("unexpected_connection", `Path: ${path}.`)];
    const named = [expectedFailure ?? []].flat();
    if (named.length > 0) return failureViolations(named, facts, engines);
    // Peers that never set out, that broke, or that had a path prove nothing about the network between them.
    if (failure === null || NEVER_OF_THE_PATH.test(failure.code)) {
      return [violation("unexpected_failure", `Expected one of the path, found ${failure?.code ?? "none"}.`)];
    }
    return [];
  }
  if (!expectedPath || outcome === "failed" || path === expectedPath) return [];
  return [violation("wrong_path", `Expected ${expectedPath}, found ${path}.`)];
}

/**
 * With a path beside it a failure is one after connecting. A grid names failures for cells that an engine is known to
 * make nothing of: there they are for that alone.
 */
function dropViolations(
  { expectedPath, expectedFailure, knownOutcome, engines = [] }: Expectations,
  facts: SessionFacts,
): Violation[] {
  if (expectedFailure === undefined || expectedPath === undefined || expectedPath === "none") return [];
  if (knownOutcome !== undefined) return [];
  const named = [expectedFailure].flat();
  if (facts.outcome === "failed")
    return [
      violation("unexpected_failure", `Expected ${named.join(" or ")} after connecting, and it never connected.`),
    ];
  if (!facts.dropped) return [violation("not_dropped", `Expected ${named.join(" or ")}.`)];
  return failureViolations(named, facts, engines);
}

/**
 * A code that it takes a diagnosis to come to must be the diagnosis, one that is more than possible, and fit what the ends
 * said: what anything would explain proves nothing. One that an end says itself may be what an end says, as
 * far as its engine tells it, or the diagnosis.
 */
function failureViolations(
  named: readonly FailureCode[],
  { failure, diagnosis }: SessionFacts,
  engines: readonly PeerEngine[],
): Violation[] {
  const isFounded = (code: FailureCode) =>
    diagnosis?.confidence !== "possible" && failure !== null && seenAs(code).includes(failure.code);
  const isMet = named.some(
    (code) =>
      (diagnosis?.code === code && (!isDiagnosed(code) || isFounded(code))) ||
      (!isDiagnosed(code) && toldFailures(code, engines).some((told) => told === failure?.code)),
  );
  if (isMet) return [];
  const isCauseMeant = named.some(isDiagnosed);
  const cause = isCauseMeant || diagnosis ? `, diagnosed as ${diagnosis?.code ?? "nothing"}` : "";
  return [violation("unexpected_failure", `Expected ${named.join(" or ")}, found ${failure?.code ?? "none"}${cause}.`)];
}

/** From the best to the worst, as ICE takes them (RFC 8445 section 5.1.2.2: UDP before TCP), and as browsers rank TLS. */
const BEST_FIRST: readonly TurnTransport[] = ["udp", "tcp", "tls"];

/** `isBetter`: what was found can only be where a way was open that was to be closed. */
function transportViolations(
  { expectedTransport }: Expectations,
  { outcome, path, peers }: SessionFacts,
): (Violation & { isBetter: boolean })[] {
  if (!expectedTransport || outcome === "failed") return [];
  const transports = { offerer: turnTransportOf(peers, "offerer"), answerer: turnTransportOf(peers, "answerer") };
  if (path === "relayed" && ROLES.every((role) => transports[role] === null)) {
    return [{ ...violation("wrong_transport", "Relayed, and neither end says over what."), isBetter: false }];
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
    const isBetter = found !== null && BEST_FIRST.indexOf(found) < BEST_FIRST.indexOf(expected);
    const detail = `${role}: expected TURN over ${expected}, found ${found ?? "no relay"}.`;
    return [{ ...violation("wrong_transport", detail), isBetter }];
  });
}

/** The host of `turn:HOST:PORT?transport=…` (RFC 7065 section 3.1), in small letters. */
function hostOf(url: string): string | undefined {
  return /^turns?:(\[[^\]]*\]|[^:?]*)/i.exec(url)?.[1]?.toLowerCase();
}

/**
 * A relayed transport address must be one that the rest of the internet can send to (XOR-RELAYED-ADDRESS, RFC 8656). One
 * that does not say which URL it is from (Firefox) may be any server's here, where the peer was given no others.
 */
function relayAddressViolations({ peers }: SessionFacts, servers: readonly KnownServer[]): Violation[] {
  const wrong = new Map<string, string>();
  const serverAt = (url: string) => servers.find((server) => isOf(server, hostOf(url)));
  for (const { candidates, urls } of Object.values(peers)) {
    const given = urls.flatMap(({ url }) => (hostOf(url) === undefined ? [] : [serverAt(url)]));
    for (const { type, address, url } of candidates) {
      if (type !== "relay") continue;
      const able = url ? [serverAt(url)] : given;
      const accused = [...new Set(able)].filter((server) => server !== undefined);
      const isUnknown = able.length === 0 || able.includes(undefined);
      const others = url ? accused : servers;
      if (isUnknown || !others.every((server) => isUnexpected(server, address))) continue;
      const at = accused.map(({ name, address: own, outside }) => `${name} is at ${outside?.address ?? own}`);
      wrong.set(accused.map(({ name }) => name).join(), `${at.join(", ")}, and its relay candidates say ${address}.`);
    }
  }
  return [...wrong.values()].map((detail) => violation("relay_address_unexpected", detail));
}

function isOf({ hostname, aliases = [], address }: KnownServer, host: string | undefined): boolean {
  // DNS names are the same in capitals (RFC 4343).
  return [hostname, ...aliases, address].some((name) => name.toLowerCase() === host);
}

/** A deployed server may have its relays at other addresses than its listeners, but not at private ones on the internet. */
function isUnexpected({ address, outside }: KnownServer, relayed: string): boolean {
  if (!outside) return address !== relayed;
  return isIPv4(relayed) && specialUse(relayed) !== null && specialUse(outside.address) === null;
}
