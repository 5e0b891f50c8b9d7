import type { Source } from "../../model/evidence.ts";
import { findCandidates } from "../ends/candidate-line.ts";
import type { EndDraft } from "../ends/draft.ts";

/** A description that was set, `setAt` in Unix ms. Whose first is local makes the offer. */
export function addSdp(draft: EndDraft, side: "local" | "remote", sdp: string, setAt: number | null, at: Source): void {
  const own = side === "local" ? "own" : "far";
  for (const [, ufrag = ""] of sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)) draft.mark(own, ufrag);
  for (const { candidate, ufrag } of findCandidates(sdp)) draft.candidate(own, candidate, at, ufrag);
  draft.end.startedAt ??= setAt;
  const atMs = setAt === null || draft.end.startedAt === null ? null : Math.round(setAt - draft.end.startedAt);
  const type = descriptionType(sdp);
  if (type) draft.description(side, type, atMs, at);
}

/** An offer leaves open who begins DTLS, an answer does not (RFC 8842 section 5). Null: it does not say. */
export function descriptionType(sdp: string): "offer" | "answer" | null {
  const setup = /^a=setup:(\w+)/m.exec(sdp)?.[1];
  return setup === undefined ? null : setup === "actpass" ? "offer" : "answer";
}
