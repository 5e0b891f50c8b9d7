import { addStats, type Stat } from "../ends/add-stats.ts";
import { findCandidates } from "../ends/candidate-line.ts";
import { EndDraft } from "../ends/draft.ts";
import { givenServer } from "../ends/given-servers.ts";
import { isRecord, numberIn, textIn } from "../ends/unknown.ts";
import type { ReadEnd } from "../reader.ts";
import { addRawLocal } from "./pair-row.ts";
import { addSdp } from "./sdp.ts";

/** RTCStatsReportInternal (dom/webidl/RTCStatsReport.webidl): lists of statistics by kind, and what about:webrtc needs beside. */
export const isReport = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && (Array.isArray(value.iceCandidatePairStats) || Array.isArray(value.rawLocalCandidates));

export function readReport(file: string, report: Record<string, unknown>, index: number): ReadEnd {
  const path = `[${index}]`;
  const draft = new EndDraft(`peer connection ${index + 1}`, { engine: "firefox" });
  const { configuration, sdpHistory } = report;
  if (isRecord(configuration)) {
    const servers = Array.isArray(configuration.iceServers) ? configuration.iceServers : [];
    draft.end.iceServers = servers.flatMap((one) => {
      const server = givenServer(one);
      if (!server || !isRecord(one)) return [];
      const hasCredential = one.credentialProvided === true || server.hasCredential;
      return [{ ...server, hasCredential, at: { file, path: `${path}.configuration.iceServers` } }];
    });
    const policy = configuration.iceTransportPolicy;
    if (policy === "all" || policy === "relay") draft.end.transportPolicy = policy;
  }
  for (const entry of Array.isArray(sdpHistory) ? sdpHistory : []) {
    if (!isRecord(entry) || typeof entry.sdp !== "string") continue;
    addSdp(draft, entry.isLocal === true ? "local" : "remote", entry.sdp, numberIn(entry, "timestamp"), {
      file,
      path: `${path}.sdpHistory`,
    });
  }
  for (const side of ["rawLocalCandidates", "rawRemoteCandidates"] as const) {
    const lines = report[side];
    for (const line of Array.isArray(lines) ? lines : []) {
      if (typeof line !== "string") continue;
      const at = { file, path: `${path}.${side}` };
      if (side === "rawLocalCandidates") addRawLocal(draft, line, at);
      for (const { candidate } of findCandidates(line))
        draft.candidate(side === "rawLocalCandidates" ? "own" : "far", candidate, at);
    }
  }
  const stats = new Map<string, Stat>();
  for (const list of Object.values(report))
    for (const stat of Array.isArray(list) ? list : []) {
      const id = isRecord(stat) ? textIn(stat, "id") : null;
      if (id !== null && isRecord(stat)) stats.set(id, stat);
    }
  addStats(draft, stats, (id) => ({ file, path: `${path}, ${id}` }), null);
  return draft.finish();
}
