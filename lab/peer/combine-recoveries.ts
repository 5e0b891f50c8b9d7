import type { PeerReport, SessionRecovery } from "../model/events.ts";
import { endType } from "../model/ice.ts";
import { ROLES, type Role } from "../model/scenario.ts";
import type { PeerPath, PeerRecovery, SessionEnded } from "./protocol.ts";

/** As the log has it, but for when: how long before the session's last word it began. */
export type RecoveryAgo = Omit<SessionRecovery, "at"> & { agoMs: number };

type Seen = PeerRecovery & { role: Role };

/** Puts what both ends saw together: what overlaps is one silence, or one restart. Pure; all times are on one clock. */
export function combineRecoveries(peers: Record<Role, SessionEnded>): RecoveryAgo[] {
  const endedAtMs = Math.max(...ROLES.map((role) => peers[role].marks.endedAtMs ?? Number.NEGATIVE_INFINITY));
  const all = ROLES.flatMap((role) => peers[role].recoveries.map((seen): Seen => ({ ...seen, role })));
  const reports = { offerer: peers.offerer.report, answerer: peers.answerer.report };
  return groupOverlapping(all).map((group) => combineGroup(group, endedAtMs, reports));
}

/** When it began, and when it was over; one that was not is open. */
function begin({ silentSinceMs, noticedAtMs, restartedAtMs }: PeerRecovery): number {
  return silentSinceMs ?? restartedAtMs ?? noticedAtMs ?? Number.NEGATIVE_INFINITY;
}

function end({ silentSinceMs, selectedAtMs, recoveredAtMs }: PeerRecovery): number {
  const open = Number.POSITIVE_INFINITY;
  if (silentSinceMs === null) return selectedAtMs ?? open;
  return recoveredAtMs === null ? open : Math.max(recoveredAtMs, selectedAtMs ?? 0);
}

function groupOverlapping(all: readonly Seen[]): Seen[][] {
  const groups: Seen[][] = [];
  for (const seen of [...all].sort((a, b) => begin(a) - begin(b))) {
    const last = groups.at(-1);
    // One end's own do not overlap: the next begins when the one before is over, or was given up.
    const belongs = last?.every(({ role }) => role !== seen.role) && begin(seen) <= Math.max(...last.map(end));
    if (last && belongs) last.push(seen);
    else groups.push([seen]);
  }
  return groups;
}

function combineGroup(group: readonly Seen[], endedAtMs: number, reports: Record<Role, PeerReport>): RecoveryAgo {
  const silent = group.filter(({ silentSinceMs }) => silentSinceMs !== null);
  const since = Math.min(...(silent.length > 0 ? silent : group).map(begin));
  const after = (times: (number | null)[], pick: (...times: number[]) => number) => {
    const known = times.filter((time) => time !== null);
    return known.length === 0 ? null : pick(...known) - since;
  };
  const all = (times: (number | null)[]) => (times.includes(null) ? null : after(times, Math.max));
  const paths = (which: "before" | "after") =>
    Object.fromEntries(group.map((seen) => [seen.role, seen[which]])) as Partial<Record<Role, PeerPath | null>>;
  const [before, later] = [paths("before"), paths("after")];
  return {
    agoMs: endedAtMs - since,
    isSilence: silent.length > 0,
    noticedAfterMs: after(
      group.map((seen) => seen.noticedAtMs),
      Math.min,
    ),
    restartedAfterMs: after(
      group.map((seen) => seen.restartedAtMs),
      Math.min,
    ),
    selectedAfterMs: group.length < ROLES.length ? null : all(group.map((seen) => seen.selectedAtMs)),
    recoveredAfterMs: silent.length === 0 ? null : all(silent.map((seen) => seen.recoveredAtMs)),
    pairBefore: pairOf(before, reports),
    pairAfter: pairOf(later, reports),
    urlBefore: urlsOf(before),
    urlAfter: urlsOf(later),
  };
}

type Paths = Partial<Record<Role, PeerPath | null>>;

function pairOf({ offerer, answerer }: Paths, reports: Record<Role, PeerReport>): SessionRecovery["pairBefore"] {
  if (!offerer || !answerer) return null;
  const type = (role: Role, own: PeerPath, far: PeerPath) =>
    endType({ candidates: reports[role].candidates, selectedTransport: own.transport }, far.remote);
  return `${type("offerer", offerer, answerer)}-${type("answerer", answerer, offerer)}`;
}

function urlsOf({ offerer, answerer }: Paths): Record<Role, string | null> {
  return { offerer: offerer?.url ?? null, answerer: answerer?.url ?? null };
}
