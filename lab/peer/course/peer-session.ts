import type { StatsMoment } from "../../model/events.ts";
import type { IceServer } from "../../model/ice.ts";
import type { MediaKind } from "../../model/load.ts";
import { endedWith } from "../ended-with.ts";
import {
  type Failure,
  type Join,
  marksFrom,
  type SessionEnded,
  type SessionMarks,
  type SignalData,
} from "../protocol.ts";
import { chooseFailure, type Stage, serversFailure } from "./choose-failure.ts";
import { monotonicMs, type Timer } from "./clock.ts";
import type { Endpoint, EndpointEvents } from "./endpoint.ts";
import { PacketExchange } from "./packet-exchange.ts";
import { Recovery } from "./recovery.ts";
import { candidateRef, Timeline } from "./timeline.ts";
import { TrafficExchange } from "./traffic.ts";

/** From the selected pair to the open channel: DTLS and SCTP, several retransmissions of each. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** From the open channel to the first message at both ends; the first message is repeated meanwhile. */
const DATA_TIMEOUT_MS = 5_000;
/** How long the last messages may take, once the far peer has said how many it sent. */
const TAIL_MS = 200;
/** How much later than this end the far one may reach its planned end. */
const FAR_END_TIMEOUT_MS = 5_000;

export type SessionPort = {
  signal(data: SignalData): void;
  wantsRestart(): void;
  stats(moment: StatsMoment, stats: Record<string, unknown>[]): void;
  ended(message: SessionEnded): void;
};

/** Makes the engine's part of a session; it tells what happens by `events`, not before it is asked for anything. */
export type MakeEndpoint = (join: Join, events: EndpointEvents) => Endpoint;

/** One session's life at one peer, whatever its engine: gather, connect, exchange data, close. */
export class PeerSession {
  readonly #join: Join;
  readonly #port: SessionPort;
  readonly #endpoint: Endpoint;
  readonly #recovery: Recovery;
  readonly #traffic: TrafficExchange;
  /** RTP streams beside the messages, where the call has them. */
  readonly #packets: PacketExchange | null;
  readonly #timers = new Set<Timer>();
  readonly #marks: SessionMarks;
  readonly #timeline: Timeline;
  #queue: Promise<void> = Promise.resolve();
  #stage: Stage = "ice";
  #hasMedia: boolean;
  #isFarMediaThere: boolean;
  #wasConnected = false;
  #isRestartDue = false;
  #hasFinished = false;
  #farMessagesSent: number | null = null;
  #isOver = false;
  #overAtMs = Number.POSITIVE_INFINITY;

  /** `joinedAtMs`: when the harness's word to join arrived, before any work on it, less what the peer waited before. */
  constructor(join: Join, port: SessionPort, makeEndpoint: MakeEndpoint, joinedAtMs: number) {
    this.#join = join;
    this.#port = port;
    this.#marks = marksFrom(joinedAtMs);
    this.#timeline = new Timeline(joinedAtMs);
    this.#hasMedia = join.traffic.media === undefined && join.traffic.packets === undefined;
    this.#isFarMediaThere = this.#hasMedia;
    this.#traffic = new TrafficExchange(join.traffic, { send: (message) => this.#endpoint.send(message) }, () =>
      this.#finish(),
    );
    this.#packets = this.#packetsOf(join);
    this.#recovery = this.#recoveryOf(join);
    this.#endpoint = makeEndpoint(join, {
      signal: (data) => {
        if (data.kind === "offer" || data.kind === "answer")
          this.#timeline.add({ step: "description-sent", kind: data.kind });
        this.#signal(data);
      },
      // What an engine is found at its end to have done, it did before.
      onStep: (step, atMs = monotonicMs()) => this.#timeline.add(step, Math.min(atMs, this.#overAtMs)),
      onSelected: (isRestart) => (isRestart ? this.#onMoved() : this.#onSelected()),
      onDtlsConnected: () => this.#onDtlsConnected(),
      onOpen: () => this.#onOpen(),
      onMessage: (message) => this.#onMessage(message),
      onMedia: () => this.#onMedia(),
      onPacket: (kind, packet) => this.#packets?.receive(packet, kind),
      onRestart: () => {
        this.#timeline.add({ step: "restart" });
        this.#recovery.onRestart();
      },
      onFailed: (isRestart) => (isRestart ? this.#recovery.onRestartFailed() : this.#fail("failed")),
      // Whoever restarts has stopped counting on the old pair.
      onLost: (reason) => {
        this.#timeline.add({ step: "lost", reason });
        if (!this.#recovery.isSilent) this.#onLost(reason);
      },
      onCut: () => this.#recovery.onCut(),
      onHeard: () => this.#recovery.onHeard(),
    });
  }

  #packetsOf({ traffic: { packets, packetsOver = "rtp" } }: Join): PacketExchange | null {
    if (packets === undefined) return null;
    const send = (kind: MediaKind, packet: Uint8Array) =>
      packetsOver === "rtp" ? this.#endpoint.tracks?.send(kind, packet) : this.#endpoint.send(packet);
    return new PacketExchange(packets, send, () => this.#onMedia());
  }

  #recoveryOf({ recovery }: Join): Recovery {
    return new Recovery(recovery ?? null, {
      path: () => this.#endpoint.path,
      lastDataAtMs: () => this.#traffic.lastDataAtMs,
      probe: () => this.#endpoint.probe(),
      isRestarting: () => this.#endpoint.isRestarting,
      wantsRestart: () => this.#port.wantsRestart(),
      tellFar: (kind) => {
        this.#timeline.add({ step: kind });
        this.#signal({ kind });
      },
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
    if (this.#join.role === "offerer") this.#enqueue(() => this.#endpoint.offer());
  }

  /** Takes one signal of the far peer; signals are worked off in the order they came. */
  signal(data: SignalData): void {
    this.#enqueue(() => this.#take(data));
  }

  /** What the next gathering uses. */
  configure(iceServers: readonly IceServer[]): void {
    this.#enqueue(() => void this.#configure(iceServers));
  }

  /** Restarts ICE, as soon as the session is connected. `isAsked`: only where this peer's wish for it still stands. */
  restart(iceServers: readonly IceServer[], isAsked: boolean): void {
    this.#enqueue(() => {
      if (this.#isOver) return;
      if (!this.#configure(iceServers)) return;
      if (isAsked && !this.#recovery.takeAsked()) return;
      if (this.#isConnected()) this.#endpoint.restart();
      else this.#isRestartDue = true;
    });
  }

  /** A browser may refuse a later list as it may the first. */
  #configure(iceServers: readonly IceServer[]): boolean {
    if (this.#isOver) return false;
    try {
      this.#endpoint.configure(iceServers);
      return true;
    } catch (error) {
      void this.#end({ code: "configuration_rejected", message: String(error) }, this.#isConnected());
      return false;
    }
  }

  /** Ends at once. Without a verdict of its own, unless its ICE servers have already said why nothing can come of it. */
  async leave(): Promise<void> {
    try {
      const failure = this.#stage === "ice" ? serversFailure(await this.#endpoint.failureFacts()) : null;
      await this.#end(failure, false);
    } catch (error) {
      this.#break(error);
    }
  }

  /** Tells the far peer, unless this session is over: its number may be in use again. */
  #signal(data: SignalData): void {
    if (!this.#isOver) this.#port.signal(data);
  }

  #enqueue(step: () => Promise<void> | void): void {
    this.#queue = this.#queue.then(step).catch((error: unknown) => this.#break(error));
  }

  #onMessage(message: Uint8Array): void {
    // Messages begin with a number that never has its first bit, RTP packets with it.
    if (this.#packets && ((message[0] ?? 0) & 0x80) !== 0) {
      this.#recovery.onData();
      return this.#packets.receive(message);
    }
    const isFirst = this.#traffic.receive(message);
    this.#recovery.onData();
    if (!isFirst) return;
    this.#timeline.add({ step: "first-data" });
    this.#marks.firstDataAtMs = this.#traffic.firstDataAtMs;
    this.#signal({ kind: "first-data" });
    this.#onConnected();
  }

  #onMedia(): void {
    this.#hasMedia = true;
    this.#signal({ kind: "first-media" });
    this.#onConnected();
  }

  async #take(data: SignalData): Promise<void> {
    if (this.#isOver) return;
    switch (data.kind) {
      case "offer":
      case "answer":
        this.#marks.remoteDescriptionAtMs = monotonicMs();
        this.#timeline.add({ step: "description-received", kind: data.kind });
        return this.#endpoint.describe(data.kind, data.sdp);
      case "candidate": {
        const candidate = candidateRef(data.candidate);
        if (candidate) this.#timeline.add({ step: "far-candidate", candidate });
        return this.#endpoint.take(data);
      }
      case "end-of-candidates":
      case "restart-offer":
      case "restart-answer":
        return this.#endpoint.take(data);
      case "first-data":
        this.#traffic.markHeard();
        return this.#onConnected();
      case "first-media":
        this.#isFarMediaThere = true;
        return this.#onConnected();
      case "silent":
      case "heard-again":
        return this.#recovery.onFarSilence(data.kind === "silent");
      case "finished":
        this.#farMessagesSent = data.messagesSent;
        this.#packets?.farHasFinished(data.packetsSent ?? {});
        return this.#endWhenComplete();
    }
  }

  #onSelected(): void {
    this.#marks.pairSelectedAtMs = monotonicMs();
    this.#stage = "dtls";
    this.#after(HANDSHAKE_TIMEOUT_MS, () => {
      if (this.#stage === "dtls" || this.#stage === "sctp") this.#fail("timeout");
    });
  }

  #onDtlsConnected(): void {
    if (this.#marks.dtlsConnectedAtMs === null) this.#timeline.add({ step: "dtls-connected" });
    this.#marks.dtlsConnectedAtMs ??= monotonicMs();
    if (this.#stage === "dtls") this.#stage = "sctp";
  }

  #onOpen(): void {
    this.#marks.channelOpenAtMs = monotonicMs();
    this.#timeline.add({ step: "channel-open" });
    this.#stage = "data";
    this.#traffic.start();
    this.#after(DATA_TIMEOUT_MS, () => {
      if (!this.#isConnected()) this.#fail("timeout");
    });
  }

  /** A restart came to another pair. What was sent over a silent one is lost, as media would be. */
  #onMoved(): void {
    if (!this.#recovery.onSelected()) return;
    this.#endpoint.startOver();
    this.#traffic.sendNow();
  }

  #onConnected(): void {
    // The far end has DTLS as well by now: what is sent earlier it could not read.
    if (this.#hasData() && !this.#isOver) this.#packets?.start(this.#endpoint.tracks?.tagBytes ?? 0);
    if (!this.#isConnected()) return;
    this.#recovery.start();
    if (!this.#wasConnected) this.#snapshot("connected").catch((error: unknown) => this.#break(error));
    this.#wasConnected = true;
    if (!this.#isRestartDue) return;
    this.#isRestartDue = false;
    this.#endpoint.restart();
  }

  #hasData(): boolean {
    return this.#stage === "data" && this.#traffic.firstDataAtMs !== null && this.#traffic.isFarPeerHearing;
  }

  #isConnected(): boolean {
    return this.#hasData() && this.#hasMedia && this.#isFarMediaThere;
  }

  /** The planned end of this peer's traffic. */
  #finish(): void {
    if (this.#isOver || this.#hasFinished) return;
    if (!this.#isConnected()) {
      // The far peer hears this one, but nothing has come from there yet: the data timeout decides.
      this.#after(REPEAT_CHECK_MS, () => this.#finish());
      return;
    }
    if (this.#recovery.isHolding || this.#endpoint.isRestarting) {
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
    this.#packets?.stop();
    const { messagesSent } = this.#traffic;
    this.#signal({
      kind: "finished",
      messagesSent,
      ...(this.#packets ? { packetsSent: this.#packets.packetsSent } : {}),
    });
    const { afterSilenceMs = 0, withinMs = 0 } = this.#join.recovery ?? {};
    this.#after(FAR_END_TIMEOUT_MS + afterSilenceMs + withinMs, () => {
      void this.#end({ code: "data_failed", message: "The far peer did not reach its planned end." }, true);
    });
    this.#endWhenComplete();
  }

  #endWhenComplete(): void {
    if (!this.#hasFinished || this.#farMessagesSent === null || this.#isOver) return;
    if (this.#traffic.messagesReceived >= this.#farMessagesSent && this.#packets?.isComplete !== false)
      void this.#end(null, false);
    else this.#after(TAIL_MS, () => void this.#end(null, false));
  }

  #onLost(reason: string): void {
    if (this.#isOver || this.#hasFinished) return;
    if (this.#isConnected())
      void this.#end({ code: "data_failed", message: `Lost before the planned end: ${reason}.` }, true);
    else if (this.#stage !== "ice") this.#fail("failed");
  }

  #fail(reason: "failed" | "timeout"): void {
    const stage = this.#hasData() ? "media" : this.#stage;
    this.#endpoint.failureFacts().then(
      (facts) => this.#end(chooseFailure({ stage, reason, ...facts }), false),
      (error: unknown) => this.#break(error),
    );
  }

  #break(error: unknown): void {
    if (!this.#isOver) void this.#end({ code: "peer_crashed", message: String(error) }, false);
  }

  async #snapshot(moment: StatsMoment): Promise<void> {
    const stats = await this.#endpoint.stats();
    if (stats) this.#port.stats(moment, stats);
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
    this.#isOver = true;
    this.#overAtMs = monotonicMs();
    this.#traffic.stop();
    this.#packets?.stop();
    this.#recovery.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#port.ended(
      await this.#lastWord(failure, dropped, connected).catch(async (error: unknown) => {
        // Whatever breaks in it, a session ends once, and alone.
        await this.#endpoint.close().catch(() => {});
        return endedWith(this.#join.session, { code: "peer_crashed", message: String(error) }, this.#marks.joinedAtMs);
      }),
    );
  }

  async #lastWord(failure: Failure | null, dropped: boolean, connected: boolean): Promise<SessionEnded> {
    await this.#snapshot("ended");
    const { turnAllocateMs, turnAllocateOver, ...report } = await this.#endpoint.report();
    const pairs = await this.#endpoint.pairs();
    this.#timeline.add({ step: "ended", failure: failure?.code ?? null }, this.#overAtMs);
    // Before closing: that checks and transports end by it says nothing.
    const timeline = { ...this.#timeline.told, pairs };
    await this.#endpoint.close();
    const { startedAtMs, endedAtMs } = this.#endpoint.gathering;
    Object.assign(this.#marks, { gatheringStartedAtMs: startedAtMs, gatheringEndedAtMs: endedAtMs });
    this.#marks.endedAtMs = monotonicMs();
    return {
      type: "ended",
      session: this.#join.session,
      connected,
      dropped,
      marks: this.#marks,
      turnAllocateMs,
      ...(turnAllocateOver ? { turnAllocateOver } : {}),
      messagesSkipped: this.#traffic.messagesSkipped,
      recoveries: this.#recovery.records,
      timeline,
      report: {
        ...report,
        ...this.#packets?.report,
        messagesSent: this.#traffic.messagesSent,
        messagesReceived: this.#traffic.messagesReceived,
        failure,
      },
    };
  }
}

/** How often a peer that has sent everything looks whether the far peer's first message has come. */
const REPEAT_CHECK_MS = 20;
