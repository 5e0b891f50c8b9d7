import type { RecoverySpec } from "../../model/scenario.ts";
import type { PeerPath, PeerRecovery } from "../protocol.ts";
import { monotonicMs, type Timer } from "./clock.ts";
import { SilenceWatch } from "./silence-watch.ts";

/** Before the next restart when one has failed at once, for want of a server or a candidate. */
const RETRY_PAUSE_MS = 500;

type RecoveryPort = {
  /** The path in use, and when the last data arrived. */
  path: () => PeerPath | null;
  lastDataAtMs: () => number | null;
  probe: () => Promise<boolean>;
  isRestarting: () => boolean;
  wantsRestart: () => void;
  tellFar: (kind: "silent" | "heard-again") => void;
  /** The call is not to be saved. */
  onLost: (message: string) => void;
};

/** What one peer does about silence, and the record of it and of every restart. */
export class Recovery {
  readonly #port: RecoveryPort;
  readonly #watch: SilenceWatch | null;
  readonly #records: PeerRecovery[] = [];
  #open: PeerRecovery | null = null;
  #isFarSilent = false;
  #isAsked = false;
  #isCut = false;
  #deadline: Timer | null = null;
  #retry: Timer | null = null;

  constructor(spec: Required<RecoverySpec> | null, port: RecoveryPort) {
    this.#port = port;
    this.#watch = spec
      ? new SilenceWatch(spec.afterSilenceMs, {
          onDoubt: () => void this.#probe(),
          onSilent: () => this.#onSilent(spec),
        })
      : null;
  }

  get records(): PeerRecovery[] {
    return this.#records.map((record) => ({ ...record }));
  }

  /** Whether nothing is heard, and something is being done about it. */
  get isSilent(): boolean {
    return this.#open !== null && this.#open.silentSinceMs !== null;
  }

  /** Whether the session must go on past its planned end: someone hears nothing, or it cannot be told yet. */
  get isHolding(): boolean {
    return this.isSilent || this.#isFarSilent || (this.#watch?.isInDoubt ?? false);
  }

  /** The session is connected: from now on silence is one. */
  start(): void {
    this.#watch?.start();
  }

  stop(): void {
    this.#watch?.stop();
    for (const timer of [this.#deadline, this.#retry]) if (timer) clearTimeout(timer);
  }

  /** Anything came from the far peer. */
  onHeard(): void {
    this.#watch?.heard();
  }

  /** The TURN server has cut the connection that the pair in use leads over; libwebrtc gives such a pair up at once, too. */
  onCut(): void {
    this.#isCut = true;
    this.#watch?.expire();
  }

  /** A message came from the far peer. */
  onData(): void {
    this.#watch?.heard();
    const open = this.#open;
    if (!open || open.silentSinceMs === null) return;
    open.recoveredAtMs = monotonicMs();
    open.after = this.#port.path();
    this.#open = null;
    this.#isAsked = false;
    if (this.#deadline) clearTimeout(this.#deadline);
    this.#port.tellFar("heard-again");
  }

  onFarSilence(isSilent: boolean): void {
    this.#isFarSilent = isSilent;
  }

  /** Whether the answer to an earlier wish is still wanted: no restart has begun meanwhile, and nothing has come. */
  takeAsked(): boolean {
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    return isAsked;
  }

  onRestart(): void {
    this.#isAsked = false;
    // The far end was first to notice; this one has heard nothing for long either.
    const since = this.#watch?.isInDoubt ? this.#port.lastDataAtMs() : null;
    this.#open ??= this.#record(since);
    this.#open.restartedAtMs ??= monotonicMs();
  }

  /** A restart came to a pair. Returns whether the old one was silent, at one end or both. */
  onSelected(): boolean {
    this.#isCut = false;
    this.#watch?.heard();
    const record = this.#open ?? this.#records.at(-1);
    if (!record) return false;
    record.selectedAtMs = monotonicMs();
    record.after = this.#port.path();
    if (record.silentSinceMs !== null) return true;
    this.#open = null;
    return this.#isFarSilent;
  }

  onRestartFailed(): void {
    if (!this.isSilent) {
      this.#open = null;
      return;
    }
    this.#retry = setTimeout(() => this.#ask(), RETRY_PAUSE_MS);
  }

  async #probe(): Promise<void> {
    if (await this.#port.probe()) this.#watch?.heard();
  }

  #onSilent({ by, afterSilenceMs, withinMs }: Required<RecoverySpec>): void {
    // The pair of a restart may be as silent as the one before.
    if (this.#open && this.#open.noticedAtMs !== null) return this.#ask();
    const since = this.#open?.silentSinceMs ?? this.#port.lastDataAtMs() ?? monotonicMs();
    this.#open ??= this.#record(since);
    Object.assign(this.#open, { silentSinceMs: since, noticedAtMs: monotonicMs() });
    const silence = this.#isCut
      ? "The TURN server has cut the connection"
      : `Nothing was heard from the far peer for ${afterSilenceMs} ms`;
    if (by === "new-call") return this.#port.onLost(`${silence}: this call is given up for a new one.`);
    this.#port.tellFar("silent");
    this.#deadline = setTimeout(() => {
      this.#port.onLost(`${silence}, and no data came within ${withinMs} ms, although ICE was restarted.`);
    }, withinMs);
    this.#ask();
  }

  #ask(): void {
    if (!this.isSilent || this.#port.isRestarting()) return;
    this.#isAsked = true;
    this.#port.wantsRestart();
  }

  #record(silentSinceMs: number | null): PeerRecovery {
    const record: PeerRecovery = {
      silentSinceMs,
      noticedAtMs: null,
      restartedAtMs: null,
      selectedAtMs: null,
      recoveredAtMs: null,
      before: this.#port.path(),
      after: null,
    };
    this.#records.push(record);
    return record;
  }
}
