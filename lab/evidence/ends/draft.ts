import type { EndEvidence, Seen, Source, UrlError } from "../../model/evidence.ts";
import { type Candidate, isMdnsName } from "../../model/ice.ts";
import { unknownEnd } from "../../model/unknown-end.ts";
import type { ReadEnd } from "../reader.ts";
import { withoutIpv6Lookups } from "./ipv6-lookups.ts";

type Side = "own" | "far";

/** Collects what one file says of one peer connection; what is told twice is kept once. */
export class EndDraft {
  readonly end: ReadEnd;

  constructor(name: string, known: Partial<EndEvidence> = {}) {
    this.end = { ...unknownEnd(name), ...known, marks: { own: [], far: [] } };
  }

  /** W3C usernameFragment, or `ADDRESS:PORT`: what tells one end from others. */
  mark(side: Side, mark: string | null): void {
    const marks = this.end.marks?.[side];
    if (marks && mark !== null && mark !== "" && !marks.includes(mark)) marks.push(mark);
  }

  candidate(side: Side, candidate: Candidate, at: Source, ufrag: string | null = null): void {
    this.mark(side, ufrag);
    // TCP's active ones all have port 9, and are told by nothing else.
    if (candidate.port !== 9 && candidate.address !== "") this.mark(side, `${candidate.address}:${candidate.port}`);
    addCandidate(side === "own" ? this.end.candidates : this.end.farCandidates, { ...candidate, at });
  }

  iceState(state: string, atMs: number | null, at: Source): void {
    push(this.end.iceStates, state, atMs, at);
  }

  connectionState(state: string, atMs: number | null, at: Source): void {
    push(this.end.connectionStates, state, atMs, at);
  }

  dtlsState(state: string, atMs: number | null, at: Source): void {
    push(this.end.dtlsStates, state, atMs, at);
  }

  /** The last that is told of a pair stands. */
  pair(pair: EndEvidence["pairs"][number]): void {
    const { pairs } = this.end;
    const same = pairs.findIndex(
      (one) => keyOf(one.local) === keyOf(pair.local) && keyOf(one.remote) === keyOf(pair.remote),
    );
    if (same < 0) pairs.push(pair);
    else pairs[same] = pair;
  }

  urlError(error: UrlError, at: Source): void {
    this.end.urlErrors.push({ ...error, at });
  }

  /** `side`: who made it. The first offer tells the role. */
  description(side: "local" | "remote", type: string, atMs: number | null, at: Source): void {
    if (type !== "offer" && type !== "answer") return;
    this.end.descriptions.push({ side, type, atMs, at });
    this.end.role ??= (side === "local") === (type === "offer") ? "offerer" : "answerer";
  }

  /** How it ended, from what was collected. */
  finish(): ReadEnd {
    const { end } = this;
    end.urlErrors = withoutIpv6Lookups(end);
    end.wasConnected = wasLost(end);
    return end;
  }
}

const keyOf = ({ type, address, port, url }: EndEvidence["pairs"][number]["local"]) =>
  `${type} ${address}:${port} ${url ?? ""}`;

function push(states: EndEvidence["iceStates"], state: string, atMs: number | null, at: Source): void {
  if (states.at(-1)?.state !== state) states.push({ state, atMs, at });
}

/** Two tell of one where they agree in all but what one of them leaves open. */
export function addCandidate(list: Seen<Candidate>[], candidate: Seen<Candidate>): void {
  const same = list.find(
    (one) =>
      one.type === candidate.type &&
      one.protocol === candidate.protocol &&
      one.port === candidate.port &&
      (one.address === candidate.address || isOneHost(one, candidate)) &&
      (one.url === undefined || candidate.url === undefined || one.url === candidate.url),
  );
  if (!same) {
    // A host address that the browser keeps to itself, of a candidate that it told nobody.
    if (candidate.address !== "") list.push(candidate);
    return;
  }
  // The address says more than the name that hides it.
  if (isMdnsName(same.address) && candidate.address !== "") same.address = candidate.address;
  same.url ??= candidate.url;
  same.relatedAddress ??= candidate.relatedAddress;
  same.relatedPort ??= candidate.relatedPort;
  if (same.priority === 0) same.priority = candidate.priority;
  for (const key of ["url", "relatedAddress", "relatedPort"] as const) if (same[key] === undefined) delete same[key];
}

const isOneHost = (one: Candidate, other: Candidate) =>
  one.type === "host" && one.port !== 9 && (isHidden(one.address) || isHidden(other.address));

const isHidden = (address: string) => address === "" || isMdnsName(address);

/** Null: nothing tells. */
export function wasLost({ iceStates, connectionStates }: EndEvidence): boolean | null {
  const lists = [iceStates, connectionStates].map((list) => list.filter(({ state }) => state !== "closed"));
  if (lists.every((list) => list.length === 0)) return null;
  return lists.some((list) => {
    const hasConnected = list.some(({ state }) => state === "connected" || state === "completed");
    return hasConnected && /^(failed|disconnected)$/.test(list.at(-1)?.state ?? "");
  });
}
