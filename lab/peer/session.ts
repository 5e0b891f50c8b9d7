import type { PeerReport } from "../model/events.ts";
import type { IceServer } from "../model/ice.ts";
import type { Traffic } from "../model/load.ts";
import { ROLES, type Role } from "../model/scenario.ts";
import type { PeerSpec } from "../model/topology.ts";
import type { PeerHandle, SessionMessage } from "./peer-handle.ts";
import type { Failure, SessionEnded, SignalData } from "./protocol.ts";
import { combine, type SessionResult } from "./session-result.ts";

export { PeerHandle } from "./peer-handle.ts";

export type SessionSpec = {
  /** Unique at both peers while it runs. */
  session: number;
  iceServers: Record<Role, IceServer[]>;
  transportPolicy: Record<Role, NonNullable<PeerSpec["transportPolicy"]>>;
  traffic: Traffic;
  /** How long ago the peers set out to join: until now they waited for their iceServers. Default 0. */
  waitedMs?: number;
  /** From joining until data has arrived at both ends. */
  timeoutMs: number;
  signal?: AbortSignal;
};

/** After one peer has failed, how long the other may take to come to its own verdict before it is told to leave. */
const VERDICT_GRACE_MS = 500;
/** Closing releases allocations (0.5 s at most each, side by side); an agent that takes longer than this is broken. */
const CLOSE_GRACE_MS = 15_000;

/**
 * Runs one session between two peers and carries the signalling. Resolves when both have closed it, with the same
 * shape whether it connected or not; a peer that dies is `peer_crashed`. Rejects only with the signal's reason.
 */
export async function runSession(offerer: PeerHandle, answerer: PeerHandle, spec: SessionSpec): Promise<SessionResult> {
  spec.signal?.throwIfAborted();
  await using exchange = new Exchange({ offerer, answerer }, spec);
  const ended = await exchange.run();
  spec.signal?.throwIfAborted();
  return combine(ended);
}

const FAR: Record<Role, Role> = { offerer: "answerer", answerer: "offerer" };

class Exchange implements AsyncDisposable {
  readonly #peers: Record<Role, PeerHandle>;
  readonly #spec: SessionSpec;
  readonly #ended: Partial<Record<Role, SessionEnded>> = {};
  readonly #done = Promise.withResolvers<Record<Role, SessionEnded>>();
  readonly #cleanups: (() => void)[] = [];

  constructor(peers: Record<Role, PeerHandle>, spec: SessionSpec) {
    this.#peers = peers;
    this.#spec = spec;
  }

  run(): Promise<Record<Role, SessionEnded>> {
    const { session, iceServers, transportPolicy, traffic, waitedMs, timeoutMs, signal } = this.#spec;
    for (const role of ROLES) {
      const detach = this.#peers[role].attach(session, {
        onMessage: (message) => this.#onMessage(role, message),
        onGone: (reason) => this.#crash(role, reason),
      });
      this.#cleanups.push(detach);
    }
    for (const role of ROLES) {
      const [servers, policy] = [iceServers[role], transportPolicy[role]];
      const join = { type: "join", session, role, traffic, timeoutMs, ...(waitedMs ? { waitedMs } : {}) } as const;
      this.#peers[role].send({ ...join, iceServers: servers, transportPolicy: policy });
    }
    const leave = () => this.#leave();
    signal?.addEventListener("abort", leave, { once: true });
    this.#cleanups.push(() => signal?.removeEventListener("abort", leave));
    this.#after(timeoutMs + traffic.durationMs + CLOSE_GRACE_MS, () => {
      for (const role of ROLES) this.#crash(role, "did not end the session in time");
    });
    return this.#done.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const cleanup of this.#cleanups) cleanup();
  }

  #after(delayMs: number, step: () => void): void {
    const timer = setTimeout(step, delayMs);
    this.#cleanups.push(() => clearTimeout(timer));
  }

  #onMessage(role: Role, message: SessionMessage): void {
    // The far agent keeps what it cannot use yet (a candidate before its description), so nothing waits here.
    if (message.type === "signal") return this.#carry(FAR[role], message.data);
    this.#end(role, message);
  }

  #carry(to: Role, data: SignalData): void {
    if (!this.#ended[to]) this.#peers[to].send({ type: "signal", session: this.#spec.session, data });
  }

  #leave(): void {
    for (const role of ROLES)
      if (!this.#ended[role]) this.#peers[role].send({ type: "leave", session: this.#spec.session });
  }

  #crash(role: Role, reason: string): void {
    const message = `Peer "${this.#peers[role].name}": ${reason}`;
    this.#end(role, crashed(this.#spec.session, { code: "peer_crashed", message }));
  }

  #end(role: Role, ended: SessionEnded): void {
    if (this.#ended[role]) return;
    this.#ended[role] = ended;
    const { offerer, answerer } = this.#ended;
    if (offerer && answerer) return this.#done.resolve({ offerer, answerer });
    if (ended.report.failure) this.#after(VERDICT_GRACE_MS, () => this.#leave());
  }
}

function crashed(session: number, failure: Failure): SessionEnded {
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
  const marks = {
    joinedAtMs: Number.NaN,
    gatheringStartedAtMs: null,
    gatheringEndedAtMs: null,
    remoteDescriptionAtMs: null,
    pairSelectedAtMs: null,
    dtlsConnectedAtMs: null,
    channelOpenAtMs: null,
    firstDataAtMs: null,
  };
  return {
    type: "ended",
    session,
    connected: false,
    dropped: false,
    marks,
    turnAllocateMs: [],
    messagesSkipped: 0,
    report,
  };
}
