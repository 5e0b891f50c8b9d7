import type { EndEvidence, LabEvidence } from "./model/evidence.ts";

/** What must be alike in two failed calls of one scenario for one diagnosis to be both's; `peers`: who they were between. */
export type CallFacts = {
  peers: readonly string[];
  /** Of a dropped call with its number: when it fell silent, and what the server's log has of it, is its own. */
  outcome: "failed" | `dropped ${number}`;
  ends: readonly EndEvidence[];
  signalling: LabEvidence["signalling"];
  changes: readonly { text: string }[];
  /** Servers that were not there. */
  lost: readonly string[];
  /** What is wrong with credentials that servers refused, as far as the lab can compute it. */
  refused: readonly string[];
};

/**
 * A text that is the same for calls with the same facts: kinds, codes, addresses and states, without what every call has of its
 * own, as ports, times and counts are.
 */
export function sameFacts({ peers, outcome, ends, signalling, changes, lost, refused }: CallFacts): string {
  const facts = {
    peers,
    outcome,
    ends: ends.map(factsOf),
    signalling: signalling && [signalling.lost > 0, signalling.early > 0, Math.round(signalling.maxDelayMs / 1_000)],
    changes: changes.map(({ text }) => text),
    lost,
    refused: [...new Set(refused)].sort(),
  };
  return JSON.stringify(facts);
}

function factsOf(end: EndEvidence) {
  const { iceServers, startedAt, candidates, farCandidates, urlErrors, pairs, selectedPair, failure } = end;
  const overdue = (expiry: number | null) =>
    expiry === null ? "none" : startedAt !== null && expiry < startedAt / 1000 ? "over" : String(expiry).length;
  return [
    iceServers?.map(({ urls, usernameExpiry }) => [urls, overdue(usernameExpiry)]),
    [end.engine, end.transportPolicy, end.isGatheringComplete],
    each(candidates, ({ type, protocol, address, url }) => [type, protocol, address, url]),
    each(farCandidates, ({ type, protocol, address }) => [type, protocol, address]),
    each(urlErrors, ({ url, code, text }) => [url, code, withoutNumbers(text)]),
    each(pairs, ({ local, remote, state, answersReceived }) => [local.type, remote.type, state, answersReceived === 0]),
    each(end.refusedPermissions, ({ peer, errorNumber }) => [peer?.replace(/:\d+$/, ""), errorNumber]),
    selectedPair && [selectedPair.local.type, selectedPair.remote.type, selectedPair.relayProtocol],
    each(end.dtlsStates, ({ state }) => state),
    each(end.descriptions, ({ side, type }) => [side, type]),
    failure && [failure.code, withoutNumbers(failure.message)],
  ];
}

/** Whatever the order, and each once. */
function each<T>(list: readonly T[], of: (one: T) => unknown): string[] {
  return [...new Set(list.map((one) => JSON.stringify(of(one))))].sort();
}

const withoutNumbers = (text: string): string => text.replace(/\d+/g, "#");
