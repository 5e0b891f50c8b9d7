import type { EndEvidence } from "../../model/evidence.ts";
import { unknownEnd } from "../../model/unknown-end.ts";
import type { ReadEnd } from "../reader.ts";
import { addCandidate } from "./draft.ts";

/** An end with the file that told of it. */
export type FileEnd = { file: string; end: ReadEnd };

export type JoinedCalls = {
  /** One or two ends each. */
  calls: EndEvidence[][];
  /** What was taken as belonging together without a word that says so, or could not be told. */
  notes: { file: string; text: string }[];
};

/**
 * Which files tell of one end, and which of the two ends of one call: by usernameFragments and transport addresses, which one
 * end has of itself and the other was told. Files that name neither (errors, states) belong to the only end there is, or to
 * none.
 */
export function joinEnds(told: readonly FileEnd[]): JoinedCalls {
  const notes: JoinedCalls["notes"] = [];
  const known: FileEnd[] = [];
  const nameless: FileEnd[] = [];
  for (const one of told) {
    if (marksOf(one, "own").length + marksOf(one, "far").length === 0) {
      nameless.push(one);
      continue;
    }
    // Two peer connections of one dump are two, whatever they have in common.
    const same = known.find((other) => other.file !== one.file && isSameEnd(other, one));
    if (same) same.end = merged(same.end, one.end);
    else known.push({ ...one });
  }
  for (const one of nameless) {
    const others = [...known, ...nameless].filter((other) => other !== one);
    const [only] = known;
    const isFromElsewhere = only !== undefined && only.file !== one.file;
    if (known.length === 1 && only && isFromElsewhere) only.end = merged(only.end, one.end);
    else {
      known.push({ ...one });
      if (isFromElsewhere && others.length > 0)
        notes.push({
          file: one.file,
          text: "nothing in it tells of which of the peer connections it is: kept as a call of its own",
        });
    }
  }
  const calls: FileEnd[][] = [];
  for (const one of known) {
    const call = calls.find(([first, second]) => first && !second && areTwoEnds(first, one));
    if (call) call.push(one);
    else calls.push([one]);
  }
  return { calls: calls.map((ends) => settled(withOwnNames(ends))), notes };
}

const marksOf = ({ end }: FileEnd, side: "own" | "far"): string[] => end.marks?.[side] ?? [];
const overlap = (some: readonly string[], others: readonly string[]): boolean =>
  some.some((one) => others.includes(one));

const isSameEnd = (one: FileEnd, other: FileEnd): boolean => overlap(marksOf(one, "own"), marksOf(other, "own"));

function areTwoEnds(one: FileEnd, other: FileEnd): boolean {
  if (one.end.role !== null && one.end.role === other.end.role) return false;
  return (
    !overlap(marksOf(one, "own"), marksOf(other, "own")) &&
    (overlap(marksOf(one, "own"), marksOf(other, "far")) || overlap(marksOf(one, "far"), marksOf(other, "own")))
  );
}

/** Two dumps count their peer connections alike: then the role, or the file, tells them apart. */
function withOwnNames(ends: readonly FileEnd[]): ReadEnd[] {
  if (new Set(ends.map(({ end }) => end.name)).size === ends.length) return ends.map(({ end }) => end);
  const isByRole = new Set(ends.map(({ end }) => end.role)).size === ends.length;
  return ends.map(({ file, end }) => {
    const by = isByRole && end.role !== null ? end.role : file;
    return { ...end, name: `${end.name} (${by})` };
  });
}

/** Without the marks. What one end was told by the other is the other's own: Firefox says its own mapped address nowhere else. */
function settled(ends: readonly ReadEnd[]): EndEvidence[] {
  return ends.map(({ marks: _, ...end }, index) => {
    const candidates = end.candidates.map((one) => ({ ...one }));
    const told = ends[1 - index]?.farCandidates.filter(({ type }) => type !== "prflx") ?? [];
    for (const candidate of told) if (candidate.port !== 9) addCandidate(candidates, { ...candidate });
    return { ...end, candidates };
  });
}

/** What the first does not know, the second may. */
function merged(one: ReadEnd, other: ReadEnd): ReadEnd {
  const all: EndEvidence = {
    ...unknownEnd(one.name),
    role: one.role ?? other.role,
    engine: one.engine ?? other.engine,
    iceServers: one.iceServers ?? other.iceServers,
    transportPolicy: one.transportPolicy ?? other.transportPolicy,
    isGatheringComplete: one.isGatheringComplete ?? other.isGatheringComplete,
    urlErrors: longer(one.urlErrors, other.urlErrors),
    pairs: longer(one.pairs, other.pairs),
    refusedPermissions: [...one.refusedPermissions, ...other.refusedPermissions],
    selectedPair: one.selectedPair ?? other.selectedPair,
    iceStates: longer(one.iceStates, other.iceStates),
    dtlsStates: longer(one.dtlsStates, other.dtlsStates),
    connectionStates: longer(one.connectionStates, other.connectionStates),
    descriptions: longer(one.descriptions, other.descriptions),
    bytesReceived: one.bytesReceived ?? other.bytesReceived,
    bytesSent: one.bytesSent ?? other.bytesSent,
    startedAt: one.startedAt ?? other.startedAt,
    failure: one.failure ?? other.failure,
    wasConnected: one.wasConnected ?? other.wasConnected,
  };
  for (const side of ["candidates", "farCandidates"] as const)
    for (const candidate of [...one[side], ...other[side]]) addCandidate(all[side], { ...candidate });
  const marks = (side: "own" | "far") => [...new Set([...(one.marks?.[side] ?? []), ...(other.marks?.[side] ?? [])])];
  return { ...all, marks: { own: marks("own"), far: marks("far") } };
}

/** Two files that tell of the same events: the one that tells more. */
const longer = <T>(some: T[], others: T[]): T[] => (others.length > some.length ? others : some);
