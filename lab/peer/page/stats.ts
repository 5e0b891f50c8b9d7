import type { MediaReceived } from "../../model/events.ts";
import type { Candidate, CandidateType, TurnTransport } from "../../model/ice.ts";
import type { MediaKind } from "../../model/load.ts";

/** W3C webrtc-stats, as far as it is read here; browsers leave members out. */
export type Stats = { id: string; type: string; timestamp: number } & Record<string, unknown>;

export type SelectedPair = { pair: Stats; local: Stats; remote: Stats };

/** One dictionary for each object, in the order that the browser has them. */
export async function statsOf(pc: RTCPeerConnection): Promise<Stats[]> {
  const report = await pc.getStats();
  const all: Stats[] = [];
  report.forEach((stats) => {
    all.push(stats as Stats);
  });
  return all;
}

/** The pair in use: the transport's, or of a browser that says `selected` of the pair itself (Firefox), that one. */
export function selectedPairOf(stats: readonly Stats[]): SelectedPair | null {
  const byId = new Map(stats.map((s) => [s.id, s]));
  const selectedId = stats.find((s) => s.type === "transport" && s.selectedCandidatePairId)?.selectedCandidatePairId;
  const pairs = stats.filter((s) => s.type === "candidate-pair");
  const pair =
    byId.get(String(selectedId)) ??
    pairs.find((s) => s.selected === true) ??
    pairs.find((s) => s.nominated === true && s.state === "succeeded");
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  return pair && local && remote ? { pair, local, remote } : null;
}

/** W3C RTCIceCandidateStats as a candidate. An address that the browser keeps to itself is empty. */
export function candidateOf(stats: Stats): Candidate {
  return {
    type: stats.candidateType as CandidateType,
    protocol: stats.protocol === "tcp" ? "tcp" : "udp",
    address: text(stats.address) ?? text(stats.ip) ?? "",
    port: Number(stats.port ?? 0),
    priority: Number(stats.priority ?? 0),
    ...(text(stats.relatedAddress) ? { relatedAddress: String(stats.relatedAddress) } : {}),
    ...(stats.relatedPort ? { relatedPort: Number(stats.relatedPort) } : {}),
    ...(text(stats.url) ? { url: String(stats.url) } : {}),
  };
}

export function relayTransportOf(local: Stats): TurnTransport | null {
  const { candidateType, relayProtocol } = local;
  if (candidateType !== "relay") return null;
  return relayProtocol === "tcp" || relayProtocol === "tls" ? relayProtocol : "udp";
}

export function mediaOf(stats: readonly Stats[], kinds: readonly MediaKind[]): MediaReceived[] {
  return kinds.map((kind) => {
    const inbound = stats.find((s) => s.type === "inbound-rtp" && s.kind === kind);
    const number = (name: string) => Number(inbound?.[name] ?? 0);
    return {
      kind,
      packetsReceived: number("packetsReceived"),
      packetsLost: number("packetsLost"),
      bytesReceived: number("bytesReceived"),
      jitterMs: inbound?.jitter === undefined ? null : number("jitter") * 1_000,
      framesDecoded: kind === "video" ? number("framesDecoded") : null,
    };
  });
}

/** Every pair was asked so often that another time says nothing, and never answered; also where there is no pair at all. */
export function isAnswerless(stats: readonly Stats[], askedAtLeast: number): boolean {
  return stats
    .filter((s) => s.type === "candidate-pair")
    .every((s) => Number(s.responsesReceived ?? 0) === 0 && Number(s.requestsSent ?? 0) >= askedAtLeast);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
