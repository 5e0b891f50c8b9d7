import { IceServersError } from "./ice-servers/provider.ts";
import { type Expectations, judgeSession } from "./judge-session.ts";
import type { LabContext } from "./lab-context.ts";
import type { StartedLab } from "./lab-up.ts";
import type { EventOf, PeerReport } from "./model/events.ts";
import { pathClass } from "./model/ice.ts";
import type { Traffic } from "./model/load.ts";
import { DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, ROLES, type Role } from "./model/scenario.ts";
import type { IceServerRef } from "./model/topology.ts";
import { runSession } from "./peer/session.ts";
import type { SessionResult } from "./peer/session-result.ts";

/** One end of a call: which peer, and what it is given. */
export type Caller = { peer: string; iceServers: readonly IceServerRef[]; transportPolicy?: "all" | "relay" };

/** One call to be made, and what it must come to. */
export type Call = Record<Role, Caller> &
  Expectations & {
    traffic?: Traffic;
    sessionTimeoutMs?: number;
  };

/** What is left of a session's time limit, at the least, when its lists have come. */
const MIN_TIMEOUT_MS = 1_000;

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
  const setOutAt = performance.now();
  const lists = lab.iceServers.forSession({
    session: where.session,
    vu: where.vu,
    refs: perRole(({ iceServers }) => iceServers),
    signal,
    onFetch: (report) => emit({ type: "ice_servers_fetched", at: Date.now(), ...origin(where), ...report }),
  });
  const [offerer, answerer] = [peerOf("offerer"), peerOf("answerer")];
  const converse = async (): Promise<SessionResult> => {
    const [ofOfferer, ofAnswerer] = await Promise.allSettled(ROLES.map((role) => lists.obtain(role)));
    const iceServers = { offerer: takeValue(ofOfferer), answerer: takeValue(ofAnswerer) };
    // Without an API all is there at once, and what this line took is no part of the call.
    const isFetched = ROLES.some((role) => lab.iceServers.needsFetch(call[role].iceServers));
    const waitedMs = isFetched ? performance.now() - setOutAt : 0;
    const limitMs = call.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
    return runSession(offerer, answerer, {
      session: where.session,
      iceServers,
      transportPolicy: perRole(({ transportPolicy }) => transportPolicy ?? "all"),
      traffic: call.traffic ?? DEFAULT_TRAFFIC,
      waitedMs,
      timeoutMs: Math.max(MIN_TIMEOUT_MS, limitMs - waitedMs),
      signal,
    });
  };
  const result = await converse().catch((error: unknown) => {
    if (signal.aborted) return null;
    if (error instanceof IceServersError) return failedWithoutList(error);
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

const origin = ({ scenario, session, vu, iteration }: Where) => ({ scenario, session, vu, iteration });

function takeValue<T>(result: PromiseSettledResult<T> | undefined): T {
  if (result?.status === "fulfilled") return result.value;
  throw result?.reason;
}

/** A peer that never set out: it had no list of ICE servers, and its application has nothing in place of one. */
function failedWithoutList({ code, message }: IceServersError): SessionResult {
  const failure = { code, message };
  const report: PeerReport = {
    candidates: [],
    urls: [],
    selectedPair: null,
    selectedUrl: null,
    selectedTransport: null,
    messagesSent: 0,
    messagesReceived: 0,
    failure,
  };
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
    messagesSkipped: 0,
  };
}
