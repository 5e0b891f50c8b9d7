import { type Expectations, judgeSession } from "./judge-session.ts";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { EventOf, SessionFinished } from "./model/events.ts";
import { pathClass } from "./model/ice.ts";
import type { Traffic } from "./model/load.ts";
import {
  DEFAULT_RECOVERY,
  DEFAULT_SESSION_TIMEOUT_MS,
  DEFAULT_TRAFFIC,
  type RecoverySpec,
  type Role,
} from "./model/scenario.ts";
import type { IceServerRef } from "./model/topology.ts";
import { runSession, type SessionSpec } from "./peer/session.ts";
import { iceServersOf } from "./turn/ice-servers.ts";

/** One end of a call: which peer, and what it is given. */
export type Caller = { peer: string; iceServers: readonly IceServerRef[]; transportPolicy?: "all" | "relay" };

/** One call to be made, and what it must come to. */
export type Call = Record<Role, Caller> &
  Expectations & {
    traffic?: Traffic;
    sessionTimeoutMs?: number;
    recovery?: RecoverySpec;
  };

export type Where = Omit<EventOf<"session_started">, "type" | "at">;

/** What one session of a call came to: its last event, and when it had set out. */
export type MadeSession = { finished: SessionFinished; startedAt: number };

export type CallNeeds = Pick<LabContext, "emit" | "signal"> & Pick<SessionSpec, "iceServersFor">;

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
  { emit, signal, iceServersFor }: CallNeeds,
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
  const result = await runSession(peerOf("offerer"), peerOf("answerer"), {
    session: where.session,
    iceServers: perRole(({ iceServers }) => iceServersOf(iceServers, lab.turnServers)),
    transportPolicy: perRole(({ transportPolicy }) => transportPolicy ?? "all"),
    traffic: call.traffic ?? DEFAULT_TRAFFIC,
    ...(iceServersFor ? { iceServersFor } : {}),
    ...(call.recovery ? { recovery: { ...DEFAULT_RECOVERY, ...call.recovery } } : {}),
    timeoutMs: call.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (!result) return null; // Started and never finished: interrupted, not failed.
  const endedAt = Date.now();
  const { pair: ends, recoveries: ago, ...rest } = result;
  const sameLan = lab.plan.lanOf[call.offerer.peer] === lab.plan.lanOf[call.answerer.peer];
  const path = ends ? pathClass(ends.offerer, ends.answerer, sameLan) : null;
  const pair = ends ? (`${ends.offerer}-${ends.answerer}` as const) : null;
  const violations = judgeSession(call, { ...result, path }, Object.values(lab.turnServers));
  const recoveries = ago.map(({ agoMs, ...recovery }) => ({ at: endedAt - agoMs, ...recovery }));
  const finished: SessionFinished = {
    type: "session_finished",
    at: endedAt,
    ...where,
    ...rest,
    path,
    pair,
    violations,
    ...(recoveries.length > 0 ? { recoveries } : {}),
    ...(replaced ? { replaces: replacementOf(replaced, startedAt, result.timings.first_data_time) } : {}),
  };
  emit(finished);
  return { finished, startedAt };
}

function replacementOf({ session, silentAt }: Replaced, startedAt: number, firstDataMs: number | null) {
  return { session, recoveredAfterMs: firstDataMs === null ? null : startedAt + firstDataMs - silentAt };
}
