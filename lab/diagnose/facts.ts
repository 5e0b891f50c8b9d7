import type { EndEvidence, Evidence, LabRouter, LabServer, Seen } from "../model/evidence.ts";
import type { Candidate } from "../model/ice.ts";
import { parseIceUrl, type TurnUrl } from "../model/ice-url.ts";
import { answersOf, type ServerAnswer } from "./answers.ts";

/** Evidence, and what follows from it without a guess. */
export type Facts = Evidence & {
  /** What went wrong with STUN and TURN servers. */
  answers: ServerAnswer[];
  /** Connected, and lost before its end. */
  isDropped: boolean;
  /** Came to a selected pair at one end at least, so that ICE is not what failed. */
  hasPair: boolean;
};

export function factsOf(evidence: Evidence): Facts {
  const { ends } = evidence;
  return {
    ...evidence,
    answers: answersOf(evidence),
    isDropped: ends.some(({ wasConnected }) => wasConnected === true),
    hasPair: ends.some(({ selectedPair }) => selectedPair !== null),
  };
}

export const relaysOf = ({ candidates }: EndEvidence): Seen<Candidate>[] =>
  candidates.filter(({ type }) => type === "relay");

export const farRelaysOf = ({ farCandidates }: EndEvidence): Seen<Candidate>[] =>
  farCandidates.filter(({ type }) => type === "relay");

/** All URLs that an end was given; null: not known. */
export const urlsOf = ({ iceServers }: EndEvidence): string[] | null => iceServers?.flatMap(({ urls }) => urls) ?? null;

export function turnUrlsOf(end: EndEvidence): TurnUrl[] | null {
  return (
    urlsOf(end)?.flatMap((url) => {
      const parsed = parseIceUrl(url);
      return "kind" in parsed && parsed.kind === "turn" ? [parsed] : [];
    }) ?? null
  );
}

/**
 * An end that had no relay and could not use the far one's: what its servers said is why the call failed. A relay at one
 * end is enough where the other sends UDP freely.
 */
export function isStranded(end: EndEvidence, { ends }: Pick<Evidence, "ends">): boolean {
  if (relaysOf(end).length > 0) return false;
  if (end.transportPolicy === "relay") return true;
  const far = ends.filter((other) => other !== end);
  const hasFarRelay = farRelaysOf(end).length > 0 || far.some((other) => relaysOf(other).length > 0);
  return !hasFarRelay || !end.candidates.some(({ type }) => type === "srflx");
}

/** Answers that can be why the call failed: of stranded ends, or seen by nobody who knows the ends. */
export function telling({ answers, ...evidence }: Facts): ServerAnswer[] {
  return answers.filter(({ end }) =>
    end === null
      ? evidence.ends.length === 0 || evidence.ends.some((one) => isStranded(one, evidence))
      : isStranded(end, evidence),
  );
}

const PRIVATE = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|127\.)/;
const SHARED = /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;

/** RFC 1918, link-local and loopback; CGNAT's shared space (RFC 6598) as well. */
export const isPrivate = (address: string): boolean => PRIVATE.test(address) || SHARED.test(address);
export const isUnspecified = (address: string): boolean => address === "0.0.0.0" || address === "::";
/** As far as an address tells: a name (mDNS) does not. */
export const isPublicIpv4 = (address: string): boolean =>
  /^\d+\.\d+\.\d+\.\d+$/.test(address) && !isPrivate(address) && !isUnspecified(address);

/** The routers in front of an end that the lab made. */
export function routersOf({ lab }: Pick<Evidence, "lab">, end: EndEvidence): LabRouter[] {
  return (end.role && lab?.routers[end.role]) || [];
}

/** The lab's server of that name or address. */
export function serverAt({ lab }: Pick<Evidence, "lab">, host: string): LabServer | null {
  const name = host.toLowerCase();
  return (
    lab?.servers.find(({ hostname, aliases, address, name: own }) =>
      [hostname, ...aliases, address, own].some((known) => known.toLowerCase() === name),
    ) ?? null
  );
}

export const addressOf = (transportAddress: string): string =>
  transportAddress.slice(0, transportAddress.lastIndexOf(":")).replace(/^\[|\]$/g, "");
