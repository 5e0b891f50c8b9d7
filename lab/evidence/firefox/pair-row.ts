import type { Source } from "../../model/evidence.ts";
import type { Candidate, CandidateType, TurnTransport } from "../../model/ice.ts";
import { pairState } from "../ends/add-stats.ts";
import type { EndDraft } from "../ends/draft.ts";

/** `81.2.66.2:55002/udp(srflx)`, `34.77.1.10:63684/udp(relay-tls) [non-proxied]`, `(redacted):54262/udp(prflx)`. */
const CANDIDATE = /^(.+):(\d+)\/(udp|tcp)\((host|srflx|prflx|relay)(?:-(udp|tcp|tls))?\)/;
/** `host(IP4:192.168.1.10:57827/UDP)`, `host(IP6:[fe80::1]:57827/UDP)`. */
const RAW_HOST = /^host\(IP[46]:(\[[^\]]+\]|[\d.]+):(\d+)\/(UDP|TCP)\)/;

/** One row: ICE state, nominated, selected, local candidate, remote candidate, and what follows. */
export function pairOfCells(draft: EndDraft, cells: readonly string[], at: Source): void {
  const [stateText = "", nominated, selected, localText = "", remoteText = ""] = cells;
  const state = pairState(stateText);
  const local = candidateIn(localText);
  const remote = candidateIn(remoteText);
  if (state === null || local === null || remote === null) return;
  const own = { type: local.type, address: local.address, port: local.port };
  const far = { type: remote.type, address: remote.address, port: remote.port };
  const isSelected = selected === "true";
  // Firefox shows no counts of checks on this page.
  draft.pair({
    local: own,
    remote: far,
    state,
    isNominated: nominated === "true",
    checksSent: null,
    answersReceived: null,
    checksReceived: null,
    at,
  });
  const { relayProtocol, ...candidate } = local;
  draft.candidate("own", candidate, at);
  const { relayProtocol: _, ...farCandidate } = remote;
  draft.candidate("far", farCandidate, at);
  if (isSelected) draft.end.selectedPair = { local: own, remote: far, relayProtocol, at };
}

function candidateIn(text: string): (Candidate & { relayProtocol: TurnTransport | null }) | null {
  const match = CANDIDATE.exec(text);
  if (!match) return null;
  const [, address = "", port, protocol, type, relayProtocol] = match;
  return {
    type: type as CandidateType,
    protocol: protocol as "udp" | "tcp",
    address: address === "(redacted)" ? "" : address.replace(/^\[|\]$/g, ""),
    port: Number(port),
    priority: 0,
    relayProtocol: (relayProtocol as TurnTransport | undefined) ?? null,
  };
}

/** Only host ones say their address here; of others it is their base. */
export function addRawLocal(draft: EndDraft, text: string, at: Source): void {
  const match = RAW_HOST.exec(text);
  if (!match) return;
  const [, address = "", port, protocol] = match;
  const isTcp = protocol === "TCP";
  // An active one is told with port 9 (RFC 6544 section 4.5).
  draft.candidate(
    "own",
    {
      type: "host",
      protocol: isTcp ? "tcp" : "udp",
      address: address.replace(/^\[|\]$/g, ""),
      port: isTcp ? 9 : Number(port),
      priority: 0,
    },
    at,
  );
  if (!isTcp) draft.mark("own", `base ${address}:${port}`);
}
