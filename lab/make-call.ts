import { type Expectations, judgeSession } from "./judge-session.ts";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { EventOf } from "./model/events.ts";
import { pathClass } from "./model/ice.ts";
import type { Traffic } from "./model/load.ts";
import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, type Role } from "./model/scenario.ts";
import type { IceServerRef } from "./model/topology.ts";
import { runSession } from "./peer/session.ts";
import { iceServersOf } from "./turn/ice-servers.ts";

/** One end of a call: which peer, and what it is given. */
export type Caller = { peer: string; iceServers: readonly IceServerRef[]; transportPolicy?: "all" | "relay" };

/** One call to be made, and what it must come to. */
export type Call = Record<Role, Caller> &
  Expectations & {
    traffic?: Traffic;
    sessionTimeoutMs?: number;
  };

type Where = Omit<EventOf<"session_started">, "type" | "at">;

/**
 * Makes one call between two peers of a lab, and logs its start and its end; an interrupted one has no end.
 * Rejects only when the lab is at fault.
 */
export async function makeCall(
  lab: StartedLab,
  call: Call,
  where: Where,
  { emit, signal }: Pick<LabContext, "emit" | "signal">,
): Promise<void> {
  const peerOf = (role: Role) => {
    const peer = lab.peers[call[role].peer];
    if (!peer) throw new Error(`no peer ${call[role].peer} in the lab`);
    return peer;
  };
  const perRole = <T>(of: (caller: Caller) => T) => ({ offerer: of(call.offerer), answerer: of(call.answerer) });
  emit({ type: "session_started", at: Date.now(), ...where });
  const result = await runSession(peerOf("offerer"), peerOf("answerer"), {
    session: where.session,
    iceServers: perRole(({ iceServers }) => iceServersOf(iceServers, lab.turnServers)),
    transportPolicy: perRole(({ transportPolicy }) => transportPolicy ?? "all"),
    traffic: call.traffic ?? DEFAULT_TRAFFIC,
    timeoutMs: call.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  if (!result) return; // Started and never finished: interrupted, not failed.
  const { pair: ends, ...rest } = result;
  const sameLan = lab.plan.lanOf[call.offerer.peer] === lab.plan.lanOf[call.answerer.peer];
  const path = ends ? pathClass(ends.offerer, ends.answerer, sameLan) : null;
  const pair = ends ? (`${ends.offerer}-${ends.answerer}` as const) : null;
  const violations = judgeSession(call, { ...result, path }, Object.values(lab.turnServers));
  emit({ type: "session_finished", at: Date.now(), ...where, ...rest, path, pair, violations });
}
