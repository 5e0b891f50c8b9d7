import type { Source } from "../../model/evidence.ts";
import { findCandidates } from "../ends/candidate-line.ts";
import type { EndDraft } from "../ends/draft.ts";
import { isRecord, jsonOrNull, numberIn, textIn } from "../ends/unknown.ts";
import { urlErrorIn } from "../ends/url-error.ts";
import { setConfiguration } from "./configuration.ts";

/** The events of one peer connection in order: `{ type, value, timestamp }`, before 2023 with `time`, a date in words. */
export function addUpdates(
  draft: EndDraft,
  log: readonly unknown[],
  { file, path }: Source,
  notUnderstood: string[],
): void {
  let unread = 0;
  for (const [index, entry] of log.entries()) {
    const at = { file, path: `${path}.updateLog[${index}]` };
    if (!isRecord(entry) || typeof entry.type !== "string") {
      unread++;
      continue;
    }
    const when = timeOf(entry);
    draft.end.startedAt ??= when;
    const atMs = when === null || draft.end.startedAt === null ? null : Math.round(when - draft.end.startedAt);
    const value = typeof entry.value === "string" ? entry.value : JSON.stringify(entry.value ?? "");
    addUpdate(
      draft,
      entry.type
        .replace(/^on/i, "")
        .replace(/\s*\(.*$/, "")
        .toLowerCase(),
      value,
      atMs,
      at,
    );
  }
  if (unread > 0) notUnderstood.push(`${file}: ${path}.updateLog: ${unread} entries are no events`);
}

function timeOf(entry: Record<string, unknown>): number | null {
  const timestamp = numberIn(entry, "timestamp");
  if (timestamp !== null) return timestamp;
  const time = Date.parse(textIn(entry, "time") ?? "");
  return Number.isNaN(time) ? null : time;
}

function addUpdate(draft: EndDraft, type: string, value: string, atMs: number | null, at: Source): void {
  switch (type) {
    case "icecandidate":
    case "addicecandidate": {
      const url = /"url":\s*"([^"]+)"|\burl: ([^\s,]+)/.exec(value);
      for (const { candidate, ufrag } of findCandidates(value)) {
        const from = url?.[1] ?? url?.[2];
        const side = type === "icecandidate" ? "own" : "far";
        draft.candidate(side, { ...candidate, ...(from && side === "own" ? { url: from } : {}) }, at, ufrag);
      }
      return;
    }
    case "icecandidateerror": {
      const error = urlErrorIn(value, atMs);
      if (error) draft.urlError(error, at);
      return;
    }
    case "iceconnectionstatechange":
    case "iceconnectionstate":
      return draft.iceState(stateOf(value), atMs, at);
    case "connectionstatechange":
      return draft.connectionState(stateOf(value), atMs, at);
    case "icegatheringstatechange":
      draft.end.isGatheringComplete = stateOf(value) === "complete";
      return;
    case "setlocaldescription":
      return addDescription(draft, "local", value, atMs, at);
    case "setremotedescription":
      return addDescription(draft, "remote", value, atMs, at);
    case "setconfiguration":
      return setConfiguration(draft, value, at);
    case "close":
      // Chromium tells of no state where the page closes it.
      draft.connectionState("closed", atMs, at);
  }
}

/** `"checking"`, `checking`, `ICEConnectionStateChecking`. */
const stateOf = (value: string): string =>
  value
    .replace(/^"|"$/g, "")
    .replace(/^ICE(?:Connection|Gathering)State/, "")
    .toLowerCase();

/** `{"type":"offer","sdp":"…"}`, before 2023 `type: offer, sdp: …`; also as part of a restart. */
function addDescription(
  draft: EndDraft,
  side: "local" | "remote",
  value: string,
  atMs: number | null,
  at: Source,
): void {
  const json = jsonOrNull(value);
  const type = isRecord(json) ? textIn(json, "type") : /^type: (\w+)/.exec(value)?.[1];
  const sdp = (isRecord(json) ? textIn(json, "sdp") : value) ?? "";
  if (type) draft.description(side, type, atMs, at);
  const own = side === "local" ? "own" : "far";
  for (const [, ufrag = ""] of sdp.matchAll(/^a=ice-ufrag:(\S+)/gm)) draft.mark(own, ufrag);
  for (const { candidate, ufrag } of findCandidates(sdp)) draft.candidate(own, candidate, at, ufrag);
}
