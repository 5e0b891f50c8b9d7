import type { StatsMoment } from "../model/events.ts";
import type { IceServer } from "../model/ice.ts";
import type { Traffic } from "../model/load.ts";
import { type RecoverySpec, ROLES, type Role, type SignallingSpec } from "../model/scenario.ts";
import type { PeerSpec } from "../model/topology.ts";
import { endedWith } from "./ended-with.ts";
import type { PeerHandle, SessionMessage } from "./peer-handle.ts";
import type { HostMessage, SessionEnded, SignalData } from "./protocol.ts";
import { combine, type SessionResult } from "./session-result.ts";
import { SignallingPath } from "./signalling-path.ts";

export { emptyReport } from "./empty-report.ts";
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
  /** What both peers do when they hear nothing any more. */
  recovery?: Required<RecoverySpec>;
  /** What the application's signalling does to what it carries. Default: nothing. */
  signalling?: SignallingSpec;
  /**
   * The servers of an end that restarts ICE, asked for at the time. Default: those it had. A rejection ends the session
   * with it: what an application does without an answer is whoever gives this to know.
   */
  iceServersFor?: (role: Role, reason: "restart") => IceServer[] | Promise<IceServer[]>;
  /** What a peer's getStats() said. */
  onStats?: (role: Role, moment: StatsMoment, stats: Record<string, unknown>[]) => void;
  /** Called with the session under way: what may be done to it from outside. */
  onRunning?: (session: RunningSession) => void;
  signal?: AbortSignal;
};

type RunningSession = {
  /**
   * Tells one end to restart ICE, with these servers or those that `iceServersFor` gives; the far one answers with its
   * own.
   */
  restart(role: Role, servers?: Record<Role, IceServer[]>): void;
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
  return { ...combine(ended), signalling: exchange.signalling.counts };
}

const FAR: Record<Role, Role> = { offerer: "answerer", answerer: "offerer" };

class Exchange implements AsyncDisposable {
  readonly #peers: Record<Role, PeerHandle>;
  readonly #spec: SessionSpec;
  readonly signalling: SignallingPath;
  readonly #ended: Partial<Record<Role, SessionEnded>> = {};
  readonly #done = Promise.withResolvers<Record<Role, SessionEnded>>();
  readonly #cleanups: (() => void)[] = [];
  /** While they are being asked for. */
  #newServers: Promise<Record<Role, IceServer[]>> | undefined;

  constructor(peers: Record<Role, PeerHandle>, spec: SessionSpec) {
    this.#peers = peers;
    this.#spec = spec;
    this.signalling = new SignallingPath(spec.session, spec.signalling ?? {}, (from, data) =>
      this.#carry(FAR[from], data),
    );
    this.#cleanups.push(() => this.signalling[Symbol.dispose]());
  }

  run(): Promise<Record<Role, SessionEnded>> {
    const { session, iceServers, transportPolicy, traffic, waitedMs, timeoutMs, recovery, signal } = this.#spec;
    for (const role of ROLES) {
      const detach = this.#peers[role].attach(session, {
        onMessage: (message) => this.#onMessage(role, message),
        onGone: (reason) => this.#crash(role, reason),
      });
      this.#cleanups.push(detach);
    }
    for (const role of ROLES) {
      const [servers, policy] = [iceServers[role], transportPolicy[role]];
      const given = { ...(waitedMs ? { waitedMs } : {}), ...(recovery ? { recovery } : {}) };
      const join = { type: "join", session, role, traffic, timeoutMs, ...given } as const;
      this.#peers[role].send({ ...join, iceServers: servers, transportPolicy: policy });
    }
    const leave = () => this.#leave();
    signal?.addEventListener("abort", leave, { once: true });
    this.#cleanups.push(() => signal?.removeEventListener("abort", leave));
    const { afterSilenceMs, withinMs } = recovery ?? { afterSilenceMs: 0, withinMs: 0 };
    // A silence that begins at the planned end is waited for, and that end again for the far peer's.
    const silenceMs = 2 * (afterSilenceMs + withinMs);
    this.#after(timeoutMs + traffic.durationMs + silenceMs + CLOSE_GRACE_MS, () => {
      for (const role of ROLES) this.#crash(role, "did not end the session in time");
    });
    this.#spec.onRunning?.({ restart: (role, servers) => this.#restart(role, false, servers) });
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
    if (message.type === "signal") return this.signalling.send(role, message.data);
    if (message.type === "wants-restart") return this.#restart(role, true);
    if (message.type === "stats") return this.#spec.onStats?.(role, message.moment, message.stats);
    this.#end(role, message);
  }

  /** The far end is told its servers first: the offer that it will answer travels behind them. */
  #restart(role: Role, isAsked: boolean, given?: Record<Role, IceServer[]>): void {
    const { session } = this.#spec;
    const tell = (servers: Record<Role, IceServer[]>) => {
      this.#tell(FAR[role], { type: "configure", session, iceServers: servers[FAR[role]] });
      this.#tell(role, { type: "restart", session, iceServers: servers[role], isAsked });
    };
    if (given) tell(given);
    else this.#serversNow().then(tell, (error: unknown) => this.#done.reject(error));
  }

  #serversNow(): Promise<Record<Role, IceServer[]>> {
    this.#newServers ??= this.#askForServers();
    return this.#newServers;
  }

  /** Both ends fall silent together, and what one of them waits for is right for the other's restart as well. */
  async #askForServers(): Promise<Record<Role, IceServer[]>> {
    const [offerer, answerer] = await Promise.all(ROLES.map((role) => this.#iceServersFor(role)));
    this.#newServers = undefined;
    return { offerer: offerer ?? [], answerer: answerer ?? [] };
  }

  async #iceServersFor(role: Role): Promise<IceServer[]> {
    const { iceServers, iceServersFor } = this.#spec;
    return iceServersFor ? await iceServersFor(role, "restart") : iceServers[role];
  }

  #tell(role: Role, message: HostMessage): void {
    if (!this.#ended[role]) this.#peers[role].send(message);
  }

  #carry(to: Role, data: SignalData): void {
    this.#tell(to, { type: "signal", session: this.#spec.session, data });
  }

  #leave(): void {
    for (const role of ROLES) this.#tell(role, { type: "leave", session: this.#spec.session });
  }

  #crash(role: Role, reason: string): void {
    const message = `Peer "${this.#peers[role].name}": ${reason}`;
    this.#end(role, endedWith(this.#spec.session, { code: "peer_crashed", message }));
  }

  #end(role: Role, ended: SessionEnded): void {
    if (this.#ended[role]) return;
    this.#ended[role] = ended;
    const { offerer, answerer } = this.#ended;
    if (offerer && answerer) return this.#done.resolve({ offerer, answerer });
    // Who makes a new call hangs up on the old one.
    const isReplaced = ended.dropped && this.#spec.recovery?.by === "new-call";
    if (ended.report.failure) this.#after(isReplaced ? 0 : VERDICT_GRACE_MS, () => this.#leave());
  }
}
