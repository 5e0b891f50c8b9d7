import type { DiagnoseSession } from "./diagnose-session.ts";
import { IceServersError } from "./ice-servers/provider.ts";
import { type Expectations, judgeSession } from "./judge-session.ts";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import { callTraffic } from "./model/call-traffic.ts";
import type { EventOf, SessionFinished } from "./model/events.ts";
import { type IceServer, pathClass } from "./model/ice.ts";
import type { Traffic } from "./model/load.ts";
import {
  DEFAULT_RECOVERY,
  DEFAULT_SESSION_TIMEOUT_MS,
  type RecoverySpec,
  ROLES,
  type Role,
  type SignallingSpec,
} from "./model/scenario.ts";
import type { IceServerRef } from "./model/topology.ts";
import { emptyReport, runSession, type SessionSpec } from "./peer/session.ts";
import type { SessionResult } from "./peer/session-result.ts";

/** One end of a call: which peer, and what it is given. */
export type Caller = { peer: string; iceServers: readonly IceServerRef[]; transportPolicy?: "all" | "relay" };

/** One call to be made, and what it must come to. */
export type Call = Record<Role, Caller> &
  Expectations & {
    traffic?: Traffic;
    sessionTimeoutMs?: number;
    recovery?: RecoverySpec;
    signalling?: SignallingSpec;
  };

/** What is left of a session's time limit, at the least, when its lists have come. */
const MIN_TIMEOUT_MS = 1_000;

export type Where = Omit<EventOf<"session_started">, "type" | "at">;

/** What one session of a call came to: its last event, and when it had set out. */
export type MadeSession = { finished: SessionFinished; startedAt: number };

export type CallNeeds = Pick<LabContext, "emit" | "signal"> &
  Pick<SessionSpec, "iceServersFor"> & {
    /** When the load meant it to begin, on `performance.now()`; default: now. Times count from there, so that a late one is no quick one. */
    dueAt?: number;
    /** Comes to why a session failed or was dropped; absent: nobody wants to know. */
    diagnose?: DiagnoseSession;
  };

/** The session in whose place this one is made, and when that had fallen silent, in Unix ms. */
type Replaced = { session: number; silentAt: number };

/**
 * Makes one session between two peers of a lab, and logs its start and its end; an interrupted one has no end (null).
 * Rejects only when the lab is at fault.
 */
export async function makeCall(
  lab: StartedLab,
  call: Call,
  where: Where,
  { emit, signal, iceServersFor, diagnose, dueAt }: CallNeeds,
  replaced?: Replaced,
): Promise<MadeSession | null> {
  const peerOf = (role: Role) => {
    const peer = lab.peers[call[role].peer];
    if (!peer) throw new Error(`no peer ${call[role].peer} in the lab`);
    return peer;
  };
  const perRole = <T>(of: (caller: Caller) => T) => ({ offerer: of(call.offerer), answerer: of(call.answerer) });
  const startedAt = Date.now();
  emit({ type: "session_started", at: startedAt, ...where });
  const setOutAt = performance.now();
  const lateMs = dueAt === undefined ? 0 : Math.max(0, setOutAt - dueAt);
  let current: Record<Role, IceServer[]> | undefined;
  let running: Parameters<NonNullable<SessionSpec["onRunning"]>>[0] | undefined;
  const lists = lab.iceServers.forSession({
    session: where.session,
    vu: where.vu,
    refs: perRole(({ iceServers }) => iceServers),
    signal,
    onFetch: (report) => emit({ type: "ice_servers_fetched", at: Date.now(), ...origin(where), ...report }),
    onLateList: (role, list) => {
      if (!current) return;
      current = { ...current, [role]: list };
      running?.restart(role, current);
    },
  });
  const usernames = new Set<string>();
  const obtain = async (role: Role): Promise<IceServer[]> => {
    const list = await lists.obtain(role);
    for (const { username } of list) if (username !== undefined) usernames.add(username);
    return list;
  };
  const [offerer, answerer] = [peerOf("offerer"), peerOf("answerer")];
  const converse = async (): Promise<SessionResult> => {
    const [ofOfferer, ofAnswerer] = await Promise.allSettled(ROLES.map(obtain));
    const iceServers = { offerer: takeValue(ofOfferer), answerer: takeValue(ofAnswerer) };
    current = iceServers;
    // Without an API all is there at once, and what this line took is no part of the call.
    const isFetched = ROLES.some((role) => lab.iceServers.needsFetch(call[role].iceServers));
    const waitedMs = lateMs + (isFetched ? performance.now() - setOutAt : 0);
    const limitMs = call.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
    return runSession(offerer, answerer, {
      session: where.session,
      iceServers,
      transportPolicy: perRole(({ transportPolicy }) => transportPolicy ?? "all"),
      traffic: callTraffic(
        call.traffic,
        ROLES.flatMap((role) => lab.engines[call[role].peer] ?? []),
      ),
      // A peer that restarts ICE gets a list as it got its first: from an API, a cache or the far peer. Where there is none
      // now, what it has is better than nothing.
      iceServersFor:
        iceServersFor ??
        ((role) =>
          obtain(role).catch((error: unknown) => {
            if (error instanceof IceServersError) return iceServers[role];
            throw error;
          })),
      ...(call.recovery ? { recovery: { ...DEFAULT_RECOVERY, ...call.recovery } } : {}),
      ...(call.signalling ? { signalling: call.signalling } : {}),
      waitedMs,
      onStats: (role, moment, stats) =>
        emit({
          type: "webrtc_stats",
          at: Date.now(),
          scenario: where.scenario,
          session: where.session,
          role,
          moment,
          stats,
        }),
      onRunning: (session) => {
        running = session;
      },
      timeoutMs: Math.max(MIN_TIMEOUT_MS, limitMs - waitedMs),
      signal,
    });
  };
  const result = await converse()
    .catch((error: unknown) => {
      if (signal.aborted) return null;
      if (error instanceof IceServersError) return failedWithoutList(error);
      throw error;
    })
    .finally(() => lists.end());
  if (!result) return null; // Started and never finished: interrupted, not failed.
  const endedAt = Date.now();
  const { pair: ends, recoveries: ago, signalling, timelines, ...rest } = result;
  const sameLan = lab.plan.lanOf[call.offerer.peer] === lab.plan.lanOf[call.answerer.peer];
  const path = ends ? pathClass(ends.offerer, ends.answerer, sameLan) : null;
  const pair = ends ? (`${ends.offerer}-${ends.answerer}` as const) : null;
  const isLost = result.outcome === "failed" || result.dropped;
  const diagnosed =
    isLost && diagnose && !signal.aborted
      ? await diagnose({
          session: where.session,
          peers: { offerer: call.offerer, answerer: call.answerer },
          startedAt,
          endedAt,
          result,
          iceServers: current ?? { offerer: [], answerer: [] },
          usernames,
          signalling,
          timelines,
        })
      : null;
  const facts = { ...result, path, diagnosis: diagnosed?.diagnosis ?? null };
  const violations = judgeSession(call, facts, Object.values(lab.turnServers));
  const recoveries = ago.map(({ agoMs, ...recovery }) => ({ at: endedAt - agoMs, ...recovery }));
  const finished: SessionFinished = {
    type: "session_finished",
    at: endedAt,
    ...where,
    ...rest,
    path,
    pair,
    ...diagnosed,
    violations,
    ...(recoveries.length > 0 ? { recoveries } : {}),
    ...(replaced ? { replaces: replacementOf(replaced, startedAt, result.timings.first_data_time) } : {}),
  };
  for (const role of ROLES) {
    const timeline = timelines[role];
    const { scenario, session } = where;
    if (timeline) emit({ type: "session_timeline", at: endedAt, scenario, session, role, ...timeline });
  }
  emit(finished);
  return { finished, startedAt };
}

function replacementOf({ session, silentAt }: Replaced, startedAt: number, firstDataMs: number | null) {
  return { session, recoveredAfterMs: firstDataMs === null ? null : startedAt + firstDataMs - silentAt };
}

const origin = ({ scenario, session, vu, iteration }: Where) => ({ scenario, session, vu, iteration });

function takeValue<T>(result: PromiseSettledResult<T> | undefined): T {
  if (result?.status === "fulfilled") return result.value;
  throw result?.reason;
}

/** A peer that never set out: it had no list of ICE servers, and its application has nothing in place of one. */
function failedWithoutList({ code, message }: IceServersError): SessionResult {
  const failure = { code, message };
  const report = emptyReport(failure);
  return {
    outcome: "failed",
    dropped: false,
    failure,
    pair: null,
    timings: {
      connect_time: null,
      gather_time: null,
      ice_time: null,
      dtls_time: null,
      first_data_time: null,
      turn_allocate_time: [],
    },
    peers: { offerer: report, answerer: report },
    timelines: {},
    messagesSkipped: 0,
    recoveries: [],
    signalling: { sent: 0, lost: 0, maxDelayMs: 0, early: 0 },
  };
}
