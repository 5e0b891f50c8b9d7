import type { Candidate, CandidateType } from "../../model/ice.ts";
import { findCandidates } from "../ends/candidate-line.ts";
import type { EndDraft } from "../ends/draft.ts";
import { descriptionType } from "../firefox/sdp.ts";
import { fieldsIn } from "./object-at.ts";
import { type Side, sideOf } from "./side-of.ts";

/** `group`: the description that it is part of. */
type Told = { candidate: Candidate; ufrag: string | null; side: Side | null; line: number; group: Description | null };
type Description = { side: Side | null; type: "offer" | "answer" | null; ufrags: string[]; line: number };

/** How many lines above may say whose it is. */
const LINES_ABOVE = 3;
/** `Generated relay from 198.51.100.166:49185`, `srflx candidate: 81.2.64.2:4711`. */
const IN_PROSE =
  /\b(host|srflx|prflx|relay)\b(?: candidates?)?(?: address)?[\s:=`'"*(]{1,4}(?:from|at|is|on)?[\s:=`'"*(]{0,4}((?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]+\]):(\d{1,5})\b/gi;

export type ToldCandidates = { candidates: Told[]; descriptions: Description[] };

export function findTold(lines: readonly string[]): ToldCandidates {
  const candidates: Told[] = [];
  const descriptions: Description[] = [];
  let open: Description | null = null;
  for (const [index, line] of lines.entries()) {
    if (/(?:^|[\s"'=:])v=0(?:\s|$)/.test(line)) {
      open = {
        side: above(lines, index, line.indexOf("v=0")),
        type: typeAt(lines, index),
        ufrags: [],
        line: index + 1,
      };
      descriptions.push(open);
    } else if (open && !/^\s*[a-z]=|a=[a-z]/.test(line) && line.trim() !== "") open = null;
    if (open) {
      for (const [, ufrag = ""] of line.matchAll(/a=ice-ufrag:(\S+)/g)) open.ufrags.push(ufrag);
      open.type ??= descriptionType(line.replaceAll(" a=", "\na="));
    }
    for (const found of findCandidates(line)) {
      const side = open ? open.side : above(lines, index, found.index);
      candidates.push({ candidate: found.candidate, ufrag: found.ufrag, side, line: index + 1, group: open });
    }
    if (/candidate:\S+ \d/.test(line)) continue;
    const object = objectCandidate(lines, index);
    if (object)
      candidates.push({
        candidate: object,
        ufrag: null,
        side: above(lines, index, line.length),
        line: index + 1,
        group: null,
      });
    for (const match of line.matchAll(IN_PROSE)) {
      const [, type = "", address = "", port] = match;
      const candidate: Candidate = {
        type: type.toLowerCase() as CandidateType,
        protocol: "udp",
        address: address.replace(/^\[|\]$/g, ""),
        port: Number(port),
        priority: 0,
      };
      candidates.push({ candidate, ufrag: null, side: above(lines, index, match.index), line: index + 1, group: null });
    }
  }
  return { candidates, descriptions };
}

/** Of the line up to it, else of the lines above that hold nothing of their own. */
function above(lines: readonly string[], index: number, length: number): Side | null {
  const own = sideOf((lines[index] ?? "").slice(0, length));
  if (own !== null) return own;
  for (let back = 1; back <= LINES_ABOVE && index - back >= 0; back++) {
    const line = lines[index - back] ?? "";
    if (/candidate:\S+ \d/.test(line)) return null;
    const side = sideOf(line);
    if (side !== null) return side;
  }
  return null;
}

function typeAt(lines: readonly string[], index: number): Description["type"] {
  for (let back = 0; back <= LINES_ABOVE && index - back >= 0; back++) {
    const word = /\b(offer|answer)\b/i.exec(lines[index - back] ?? "")?.[1]?.toLowerCase();
    if (word === "offer" || word === "answer") return word;
  }
  return null;
}

/** RTCIceCandidate as a console prints its fields, without the line. */
function objectCandidate(lines: readonly string[], index: number): Candidate | null {
  if (!/\b(candidateType|type)["']?\s*:\s*["'](host|srflx|prflx|relay)["']/.test(lines[index] ?? "")) return null;
  const {
    candidateType,
    type = candidateType,
    address,
    ip = address,
    port,
    protocol,
    priority,
    relatedAddress,
    relatedPort,
    url,
  } = fieldsIn(lines, index);
  if (ip === undefined || port === undefined || !/^\d+$/.test(port)) return null;
  return {
    type: (candidateType ?? type) as CandidateType,
    protocol: protocol === "tcp" ? "tcp" : "udp",
    address: ip,
    port: Number(port),
    priority: Number(priority ?? 0),
    ...(relatedAddress ? { relatedAddress } : {}),
    ...(Number(relatedPort) > 0 ? { relatedPort: Number(relatedPort) } : {}),
    ...(url && /^(stun|turn)/.test(url) ? { url } : {}),
  };
}

/** Gives each to its end: by the words, else by the usernameFragment of those that have words, else by offer and answer. */
export function addCandidates(draft: EndDraft, told: ToldCandidates, file: string, notUnderstood: string[]): void {
  const { candidates, descriptions } = told;
  const byUfrag = new Map<string, Side>();
  for (const { side, ufrags } of descriptions) for (const ufrag of ufrags) if (side) byUfrag.set(ufrag, side);
  for (const { side, ufrag } of candidates) if (side && ufrag && !byUfrag.has(ufrag)) byUfrag.set(ufrag, side);
  const types = new Set(descriptions.map(({ type }) => type));
  const isByType = descriptions.length > 1 && descriptions.every(({ side, type }) => !side && type) && types.size === 2;
  if (isByType)
    notUnderstood.push(
      `${file}: nothing says whose the offer is: it is taken as this end's, and the answer as the far end's`,
    );
  const sideOfDescription = (one: Description): Side | null =>
    one.side ??
    one.ufrags.map((ufrag) => byUfrag.get(ufrag)).find(Boolean) ??
    (isByType ? (one.type === "offer" ? "own" : "far") : null);
  let unsaid = 0;
  for (const one of descriptions) {
    const side = sideOfDescription(one);
    for (const ufrag of one.ufrags) draft.mark(side ?? "own", ufrag);
    if (side && one.type)
      draft.description(side === "own" ? "local" : "remote", one.type, null, { file, line: one.line });
  }
  for (const { candidate, ufrag, side, line, group } of candidates) {
    const known = (group && sideOfDescription(group)) ?? side ?? (ufrag === null ? null : (byUfrag.get(ufrag) ?? null));
    if (known === null) unsaid++;
    draft.candidate(known ?? "own", candidate, { file, line }, ufrag);
  }
  if (unsaid > 0)
    notUnderstood.push(
      `${file}: nothing says whose ${unsaid === 1 ? "1 candidate is: it is" : `${unsaid} candidates are: they are`} taken as this end's`,
    );
}
