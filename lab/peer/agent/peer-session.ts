import { type RTCDataChannel, RTCPeerConnection } from "werift";
import type { IceServer } from "../../model/ice.ts";
import {
  type AgentSettings,
  type Failure,
  type Join,
  marksFrom,
  type SessionEnded,
  type SessionMarks,
  type SignalData,
} from "../protocol.ts";
import { chooseFailure, type Stage, serversFailure } from "./choose-failure.ts";
import { monotonicMs } from "./clock.ts";
import { repairDtls, stopDtlsRetransmissions } from "./dtls-repair.ts";
import { IceRestarts } from "./ice-restarts.ts";
import { Recovery } from "./recovery.ts";
import { reportOf } from "./session-report.ts";
import { TrafficExchange } from "./traffic.ts";
import { createUnreliableChannel, startOverAfterSilence } from "./unreliable-channel.ts";
import { iceConnectionOf } from "./werift-internals.ts";

/** From the selected pair to the open channel: DTLS and SCTP, several retransmissions of each. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** From the open channel to the first message at both ends; the first message is repeated meanwhile. */
const DATA_TIMEOUT_MS = 5_000;
/** How long the last messages may take, once the far peer has said how many it sent. */
const TAIL_MS = 200;
/** How much later than this end the far one may reach its planned end. */
const FAR_END_TIMEOUT_MS = 5_000;

type SessionPort = {
  signal(data: SignalData): void;
  wantsRestart(): void;
  ended(message: SessionEnded): void;
};

/** `joinedAtMs`: when the harness's word to join arrived, before any work on it, less what the peer waited before. */
type SessionSettings = AgentSettings & { joinedAtMs: number };

/** One session's life at one peer: gather, connect, exchange data, close. */
export class PeerSession {
  readonly #join: Join;
  readonly #port: SessionPort;
  readonly #pc = new RTCPeerConnection({ iceServers: [], iceUseIpv6: false, bundlePolicy: "max-bundle" });
  readonly #channel: RTCDataChannel;
  readonly #ice: IceRestarts;
  readonly #recovery: Recovery;
  readonly #traffic: TrafficExchange;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #marks: SessionMarks;
  #queue: Promise<void> = Promise.resolve();
  #stage: Stage = "ice";
  #isRestartDue = false;
  #hasFinished = false;
  #farMessagesSent: number | null = null;
  #isOver = false;

  constructor(join: Join, port: SessionPort, { joinedAtMs, ...settings }: SessionSettings) {
    this.#join = join;
    this.#port = port;
    this.#marks = marksFrom(joinedAtMs);
    this.#channel = createUnreliableChannel(this.#pc);
    this.#traffic = new TrafficExchange(join.traffic, this.#channel, () => this.#finish());
    const connection = iceConnectionOf(this.#pc);
    this.#recovery = this.#recoveryOf(join);
    const { iceServers, transportPolicy, role } = join;
    this.#ice = new IceRestarts(
      connection,
      { iceServers, transportPolicy, role, ...settings },
      {
        signal: (data) => this.#signal(data),
        onSelected: (isRestart) => (isRestart ? this.#onMoved() : this.#onSelected()),
        onRestart: () => this.#recovery.onRestart(),
        onFailed: (isRestart) => (isRestart ? this.#recovery.onRestartFailed() : this.#fail("failed")),
        // Whoever restarts has stopped counting on the old pair.
        onLost: () => this.#recovery.isSilent || this.#onLost("consent expired: the far peer stopped answering"),
        onCut: () => this.#recovery.onCut(),
        onHeard: () => this.#recovery.onHeard(),
      },
    );
    repairDtls(this.#pc, connection);
    this.#listen();
  }

  #recoveryOf({ recovery }: Join): Recovery {
    return new Recovery(recovery ?? null, {
      path: () => this.#ice.current.path,
      lastDataAtMs: () => this.#traffic.lastDataAtMs,
      probe: () => this.#ice.current.probe(),
      isRestarting: () => this.#ice.isRestarting,
      wantsRestart: () => this.#port.wantsRestart(),
      tellFar: (kind) => this.#signal({ kind }),
      onLost: (message) => {
        // A far peer that has ended as planned falls silent rightly.
        if (!this.#hasFinished) void this.#end({ code: "data_failed", message }, true);
      },
    });
  }

  start(): void {
    this.#after(this.#join.timeoutMs, () => {
      if (!this.#isConnected()) this.#fail("timeout");
    });
    if (this.#join.role === "offerer") this.#enqueue(() => this.#offer());
  }

  /** Takes one signal of the far peer; signals are worked off in the order they came. */
  signal(data: SignalData): void {
    this.#enqueue(() => this.#take(data));
  }

  /** What the next gathering uses. */
  configure(iceServers: readonly IceServer[]): void {
    this.#enqueue(() => this.#ice.configure(iceServers));
  }

  /** Restarts ICE, as soon as the session is connected. `isAsked`: only where this peer's wish for it still stands. */
  restart(iceServers: readonly IceServer[], isAsked: boolean): void {
    this.#enqueue(() => {
      if (this.#isOver) return;
      this.#ice.configure(iceServers);
      if (isAsked && !this.#recovery.takeAsked()) return;
      if (this.#isConnected()) this.#ice.restart();
      else this.#isRestartDue = true;
    });
  }

  /** Ends at once. Without a verdict of its own, unless its ICE servers have already said why nothing can come of it. */
  leave(): Promise<void> {
    const failure = this.#stage === "ice" ? serversFailure(this.#ice.first.urls) : null;
    return this.#end(failure, false);
  }

  /** Tells the far peer, unless this session is over: its number may be in use again. */
  #signal(data: SignalData): void {
    if (!this.#isOver) this.#port.signal(data);
  }

  #enqueue(step: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(step).catch((error: unknown) => {
      if (!this.#isOver) void this.#end({ code: "peer_crashed", message: String(error) }, false);
    });
  }

  #listen(): void {
    this.#pc.dtlsTransports[0]?.onStateChange.subscribe((state) => {
      if (state === "connected") this.#onDtlsConnected();
      if (state === "failed") this.#onLost("the DTLS transport failed");
    });
    this.#channel.stateChanged.subscribe((state) => {
      if (state === "open") this.#onOpen();
      if (state === "closed") this.#onLost("the data channel closed");
    });
    this.#channel.onMessage.subscribe((message) => {
      if (!Buffer.isBuffer(message)) return;
      const isFirst = this.#traffic.receive(message);
      this.#recovery.onData();
      if (!isFirst) return;
      this.#marks.firstDataAtMs = this.#traffic.firstDataAtMs;
      this.#signal({ kind: "first-data" });
      this.#onConnected();
    });
  }

  async #offer(): Promise<void> {
    const offer = await this.#pc.createOffer();
    this.#signal({ kind: "offer", sdp: offer.sdp });
    await this.#pc.setLocalDescription(offer);
  }

  async #take(data: SignalData): Promise<void> {
    if (this.#isOver) return;
    switch (data.kind) {
      case "offer": {
        await this.#setRemoteDescription("offer", data.sdp);
        const answer = await this.#pc.createAnswer();
        this.#signal({ kind: "answer", sdp: answer.sdp });
        await this.#pc.setLocalDescription(answer);
        return;
      }
      case "answer":
        return this.#setRemoteDescription("answer", data.sdp);
      case "candidate":
      case "end-of-candidates":
      case "restart-offer":
      case "restart-answer":
        return this.#ice.take(data);
      case "first-data":
        this.#traffic.markHeard();
        return this.#onConnected();
      case "silent":
      case "heard-again":
        return this.#recovery.onFarSilence(data.kind === "silent");
      case "finished":
        this.#farMessagesSent = data.messagesSent;
        return this.#endWhenComplete();
    }
  }

  async #setRemoteDescription(type: "offer" | "answer", sdp: string): Promise<void> {
    this.#marks.remoteDescriptionAtMs = monotonicMs();
    await this.#pc.setRemoteDescription({ type, sdp });
    await this.#ice.firstIsDescribed();
  }

  #onSelected(): void {
    this.#marks.pairSelectedAtMs = monotonicMs();
    this.#stage = "dtls";
    this.#after(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#stage === "dtls" || this.#stage === "sctp") this.#fail("timeout");
    });
  }

  #onDtlsConnected(): void {
    this.#marks.dtlsConnectedAtMs ??= monotonicMs();
    if (this.#stage === "dtls") this.#stage = "sctp";
  }

  #onOpen(): void {
    this.#marks.channelOpenAtMs = monotonicMs();
    this.#stage = "data";
    this.#traffic.start();
    this.#after(DATA_TIMEOUT_MS, () => {
      if (!this.#isConnected()) this.#fail("timeout");
    });
  }

  /** A restart came to another pair. What was sent over a silent one is lost, as media would be. */
  #onMoved(): void {
    if (!this.#recovery.onSelected()) return;
    startOverAfterSilence(this.#pc);
    this.#traffic.sendNow();
  }

  #onConnected(): void {
    if (!this.#isConnected()) return;
    this.#recovery.start();
    if (!this.#isRestartDue) return;
    this.#isRestartDue = false;
    this.#ice.restart();
  }

  #isConnected(): boolean {
    return this.#stage === "data" && this.#traffic.firstDataAtMs !== null && this.#traffic.isFarPeerHearing;
  }

  /** The planned end of this peer's traffic. */
  #finish(): void {
    if (this.#isOver || this.#hasFinished) return;
    if (!this.#isConnected()) {
      // The far peer hears this one, but nothing has come from there yet: the data timeout decides.
      this.#after(REPEAT_CHECK_MS, () => this.#finish());
      return;
    }
    if (this.#recovery.isHolding || this.#ice.isRestarting) {
      // The planned end waits for the end of the silence, or of the restart.
      this.#traffic.goOn();
      return;
    }
    if (this.#traffic.hasFallenSilent()) {
      const { afterSilenceMs: noticedWithinMs = 0 } = this.#join.recovery ?? {};
      if (this.#traffic.overtimeMs < noticedWithinMs) {
        // Who recovers from a silence has it noticed first.
        this.#traffic.goOn();
        return;
      }
      const message = "No message arrived towards the end of the planned time.";
      void this.#end({ code: "data_failed", message }, true);
      return;
    }
    this.#hasFinished = true;
    this.#signal({ kind: "finished", messagesSent: this.#traffic.messagesSent });
    const { afterSilenceMs = 0, withinMs = 0 } = this.#join.recovery ?? {};
    this.#after(FAR_END_TIMEOUT_MS + afterSilenceMs + withinMs, () => {
      void this.#end({ code: "data_failed", message: "The far peer did not reach its planned end." }, true);
    });
    this.#endWhenComplete();
  }

  #endWhenComplete(): void {
    if (!this.#hasFinished || this.#farMessagesSent === null || this.#isOver) return;
    if (this.#traffic.messagesReceived >= this.#farMessagesSent) void this.#end(null, false);
    else this.#after(TAIL_MS, () => void this.#end(null, false));
  }

  #onLost(reason: string): void {
    if (this.#isOver || this.#hasFinished) return;
    if (this.#isConnected())
      void this.#end({ code: "data_failed", message: `Lost before the planned end: ${reason}.` }, true);
    else if (this.#stage !== "ice") this.#fail("failed");
  }

  #fail(reason: "failed" | "timeout"): void {
    const { urls, gatherer } = this.#ice.first;
    const { permissions } = gatherer;
    void this.#end(chooseFailure({ stage: this.#stage, reason, urls, permissions }), false);
  }

  #after(delayMs: number, step: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isOver) step();
    }, delayMs);
    this.#timers.add(timer);
  }

  async #end(failure: Failure | null, dropped: boolean): Promise<void> {
    if (this.#isOver) return;
    // Before closing: what closing itself breaks must not look like the session's own end.
    const connected = this.#isConnected();
    const report = reportOf(this.#ice, this.#traffic, failure);
    this.#isOver = true;
    this.#traffic.stop();
    this.#recovery.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#close();
    const { startedAtMs, endedAtMs } = this.#ice.first.gatherer;
    Object.assign(this.#marks, { gatheringStartedAtMs: startedAtMs, gatheringEndedAtMs: endedAtMs });
    this.#marks.endedAtMs = monotonicMs();
    this.#port.ended({
      type: "ended",
      session: this.#join.session,
      connected,
      dropped,
      marks: this.#marks,
      turnAllocateMs: this.#ice.all.flatMap(({ gatherer }) => gatherer.turnAllocateMs),
      messagesSkipped: this.#traffic.messagesSkipped,
      recoveries: this.#recovery.records,
      report,
    });
  }

  async #close(): Promise<void> {
    stopDtlsRetransmissions(this.#pc);
    await Promise.all([this.#ice.close(), this.#pc.close()]);
  }
}

/** How often a peer that has sent everything looks whether the far peer's first message has come. */
const REPEAT_CHECK_MS = 20;
