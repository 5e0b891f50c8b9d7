import { expiryIn } from "./credential-variants.ts";
import type { PeerEngine } from "./model/engine.ts";
import type { PeerReport } from "./model/events.ts";
import type { EndEvidence, Seen, Source } from "./model/evidence.ts";
import { type FailureCode, isDiagnosed, type SeenFailureCode } from "./model/failure.ts";
import type { Candidate, IceServer } from "./model/ice.ts";
import type { Role } from "./model/scenario.ts";
import type { PeerTimeline, TimelineEntry } from "./model/timeline.ts";

/** What the lab knows of one end of a call from that end itself. */
export type ReportedEnd = {
  role: Role;
  engine: PeerEngine;
  iceServers: readonly IceServer[];
  transportPolicy: "all" | "relay";
  report: PeerReport;
  /** Absent: nobody kept one. */
  timeline?: PeerTimeline;
  /** What the far end gathered; what of it came over, a timeline alone tells. */
  farCandidates: readonly Candidate[];
  /** Unix ms. */
  startedAt: number;
  wasConnected: boolean;
};

/** The log of a run, in which all of it stands. */
const FILE = "run.jsonl";

/** One end as evidence; pure. `session`: by which its events are found in the log. */
export function endEvidence(session: number, end: ReportedEnd): EndEvidence {
  const { role, engine, iceServers, transportPolicy, report, timeline, startedAt, wasConnected } = end;
  const at = (path: string): Source => ({ file: FILE, path: `session ${session}: peers.${role}.${path}` });
  const inTimeline = (index: number): Source => ({
    file: FILE,
    path: `session ${session}: timeline of ${role}, entries[${index}]`,
  });
  const steps = (timeline?.entries ?? []).map((entry, index) => ({ ...entry, at: inTimeline(index) }));
  const of = <S extends TimelineEntry["step"]>(...wanted: S[]) =>
    steps.filter((one): one is Seen<Extract<TimelineEntry, { step: S }>> => (wanted as string[]).includes(one.step));
  // A bound was reached: what is not in it may have happened.
  const isWhole = timeline !== undefined && timeline.left === 0;
  const { selectedPair, failure } = report;
  return {
    name: role,
    role,
    engine,
    iceServers: iceServers.map(({ urls, username, credential }, index) => ({
      urls,
      usernameExpiry: expiryNumber(username),
      hasCredential: credential !== undefined,
      at: at(`iceServers[${index}]`),
    })),
    transportPolicy,
    isGatheringComplete: report.urls.every(({ outcome }) => outcome !== "unfinished"),
    candidates: report.candidates.map((candidate, index) => ({ ...candidate, at: at(`candidates[${index}]`) })),
    farCandidates: isWhole
      ? of("far-candidate").map((step) => ({ ...toldCandidate(step.candidate, end.farCandidates), at: step.at }))
      : end.farCandidates.map((candidate, index) => ({ ...candidate, at: at(`farCandidates[${index}]`) })),
    urlErrors: report.urls.flatMap(({ url, durationMs, failure: failed }, index) =>
      failed
        ? [
            {
              url,
              errorCode: null,
              text: failed.message,
              code: seenCode(failed.code),
              hostCandidate: null,
              atMs: durationMs,
              at: at(`urls[${index}]`),
            },
          ]
        : [],
    ),
    pairs: (timeline?.pairs ?? []).map((pair, index) => ({
      ...pair,
      at: { file: FILE, path: `session ${session}: timeline of ${role}, pairs[${index}]` },
    })),
    refusedPermissions: of("permission-refused").map(({ peer, message, at: where }) => ({
      peer,
      errorNumber: Number(/\b([3-6]\d\d)\b/.exec(message)?.[1] ?? 403),
      text: message,
      at: where,
    })),
    selectedPair: selectedPair && {
      local: selectedPair.local,
      remote: selectedPair.remote,
      relayProtocol: report.selectedTransport,
      at: at("selectedPair"),
    },
    iceStates: of("ice-state").map(({ state, atMs, at: where }) => ({ state, atMs, at: where })),
    dtlsStates: of("dtls-state").map(({ state, atMs, at: where }) => ({ state, atMs, at: where })),
    connectionStates: [],
    descriptions: of("description-sent", "description-received").map(({ step, kind, atMs, at: where }) => ({
      side: step === "description-sent" ? ("local" as const) : ("remote" as const),
      type: kind,
      atMs,
      at: where,
    })),
    bytesReceived: null,
    bytesSent: null,
    startedAt,
    failure: failure && { code: seenCode(failure.code) ?? "session_timeout", message: failure.message },
    wasConnected,
  };
}

/** A peer may have told less of a far candidate than the far peer did. */
function toldCandidate(
  { type, address, port }: Pick<Candidate, "type" | "address" | "port">,
  known: readonly Candidate[],
): Candidate {
  const told = known.find((one) => one.address === address && one.port === port);
  return told ?? { type, address, port, protocol: "udp", priority: 0 };
}

function expiryNumber(username: string | undefined): number | null {
  const found = username === undefined ? null : expiryIn(username);
  return found === null ? null : Number(found);
}

/** Ends never say what it takes a diagnosis to come to. */
function seenCode(code: FailureCode): SeenFailureCode | null {
  return isDiagnosed(code) ? null : (code as SeenFailureCode);
}
