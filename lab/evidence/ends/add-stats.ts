import type { Source } from "../../model/evidence.ts";
import type { Candidate, CandidateType, TurnTransport } from "../../model/ice.ts";
import type { CandidateRef, CheckedPair } from "../../model/timeline.ts";
import type { EndDraft } from "./draft.ts";
import { isRecord, numberIn, textIn } from "./unknown.ts";

/** One dictionary of getStats() (W3C webrtc-stats), of today or of long ago. */
export type Stat = Record<string, unknown>;
export type Stats = ReadonlyMap<string, Stat>;

const TYPES: Readonly<Record<string, CandidateType>> = {
  host: "host",
  srflx: "srflx",
  prflx: "prflx",
  relay: "relay",
  // Before the specification's words.
  serverreflexive: "srflx",
  peerreflexive: "prflx",
  relayed: "relay",
};

const PAIR_STATES: Readonly<Record<string, CheckedPair["state"]>> = {
  frozen: "frozen",
  waiting: "waiting",
  "in-progress": "in-progress",
  inprogress: "in-progress",
  succeeded: "succeeded",
  failed: "failed",
  // Firefox: another pair won before this one had its turn.
  cancelled: "waiting",
};

export const pairState = (text: string): CheckedPair["state"] | null => PAIR_STATES[text.toLowerCase()] ?? null;

/** Whether something is a stats dictionary that tells of ICE. */
export const isIceStat = (value: unknown): value is Stat =>
  isRecord(value) && /^(local|remote)-?candidate$|^candidate-?pair$/.test(String(value.type));

/** What one snapshot says of an end. `atOf`: where the statistic of an id stands. */
export function addStats(draft: EndDraft, stats: Stats, atOf: (id: string) => Source, atMs: number | null): void {
  const candidates = addCandidates(draft, stats, atOf);
  addPairs(draft, stats, atOf, candidates);
  addTransports(draft, stats, atOf, atMs);
  addBytes(draft, stats);
}

function addCandidates(draft: EndDraft, stats: Stats, atOf: (id: string) => Source): Map<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const [id, stat] of stats) {
    const side = /^(local|remote)-?candidate$/.exec(String(stat.type))?.[1];
    const candidate = side === undefined ? null : candidateOf(stat);
    if (candidate === null) continue;
    found.set(id, candidate);
    draft.candidate(side === "local" ? "own" : "far", { ...candidate }, atOf(id), textIn(stat, "usernameFragment"));
  }
  return found;
}

function candidateOf(stat: Stat): Candidate | null {
  const type = TYPES[String(stat.candidateType).toLowerCase()];
  const port = numberIn(stat, "port", "portNumber");
  if (type === undefined || port === null) return null;
  const relatedAddress = textIn(stat, "relatedAddress");
  const relatedPort = numberIn(stat, "relatedPort");
  const url = textIn(stat, "url");
  return {
    type,
    protocol: String(stat.protocol ?? stat.transport).toLowerCase() === "tcp" ? "tcp" : "udp",
    address: textIn(stat, "address", "ip", "ipAddress") ?? "",
    port,
    priority: numberIn(stat, "priority") ?? 0,
    ...(relatedAddress === null ? {} : { relatedAddress }),
    ...(relatedPort === null ? {} : { relatedPort }),
    ...(url === null ? {} : { url }),
  };
}

const refOf = ({ type, address, port }: Candidate): CandidateRef => ({ type, address, port });

function addPairs(
  draft: EndDraft,
  stats: Stats,
  atOf: (id: string) => Source,
  candidates: ReadonlyMap<string, Candidate>,
): void {
  const pairs = [...stats].filter(([, { type }]) => /^candidate-?pair$/.test(String(type)));
  const byTransport = [...stats.values()].flatMap((stat) => textIn(stat, "selectedCandidatePairId") ?? []);
  const selectedId =
    byTransport.at(-1) ??
    pairs.find(([, stat]) => stat.selected === true)?.[0] ??
    pairs.find(([, stat]) => stat.nominated === true && stat.state === "succeeded")?.[0];
  for (const [id, stat] of pairs) {
    const local = candidates.get(String(stat.localCandidateId));
    const remote = candidates.get(String(stat.remoteCandidateId));
    const state = pairState(String(stat.state));
    if (!local || !remote || state === null) continue;
    const at = atOf(id);
    const relayProtocol = transportOf(stats.get(String(stat.localCandidateId))?.relayProtocol);
    draft.pair({
      local: { ...refOf(local), ...(local.url === undefined ? {} : { url: local.url }) },
      remote: refOf(remote),
      state,
      isNominated: stat.nominated === true,
      checksSent: numberIn(stat, "requestsSent"),
      answersReceived: numberIn(stat, "responsesReceived"),
      checksReceived: numberIn(stat, "requestsReceived"),
      at,
    });
    if (id === selectedId) draft.end.selectedPair = { local: refOf(local), remote: refOf(remote), relayProtocol, at };
  }
}

const transportOf = (value: unknown): TurnTransport | null =>
  value === "udp" || value === "tcp" || value === "tls" ? value : null;

function addTransports(draft: EndDraft, stats: Stats, atOf: (id: string) => Source, atMs: number | null): void {
  for (const [id, stat] of stats) {
    if (stat.type !== "transport") continue;
    const dtls = textIn(stat, "dtlsState");
    if (dtls !== null) draft.dtlsState(dtls, atMs, atOf(id));
  }
}

/** Of what the call was for: RTP, or data; never of a pair, whose bytes are also the checks' and DTLS's. */
function addBytes(draft: EndDraft, stats: Stats): void {
  const sum = (key: string, types: RegExp): number | null => {
    const values = [...stats.values()].flatMap((stat) =>
      types.test(String(stat.type)) ? (numberIn(stat, key) ?? []) : [],
    );
    return values.length === 0 ? null : values.reduce((total, one) => total + one, 0);
  };
  draft.end.bytesReceived = sum("bytesReceived", /^(inbound-?rtp|data-?channel)$/) ?? draft.end.bytesReceived;
  draft.end.bytesSent = sum("bytesSent", /^(outbound-?rtp|data-?channel)$/) ?? draft.end.bytesSent;
}
