import { Candidate, type CandidatePair, type RTCDataChannel, RTCPeerConnection } from "werift";
import type { PeerReport } from "../../model/events.ts";
import type { AgentSettings, Failure, Join, SessionEnded, SessionMarks, SignalData } from "../protocol.ts";
import { chooseFailure, type Stage, serversFailure } from "./choose-failure.ts";
import { monotonicMs } from "./clock.ts";
import { repairDtls, stopDtlsRetransmissions } from "./dtls-repair.ts";
import { describeCandidate, Gatherer } from "./gatherer.ts";
import { IceTakeover } from "./ice-takeover.ts";
import { TrafficExchange } from "./traffic.ts";
import { createUnreliableChannel } from "./unreliable-channel.ts";
import { type IceConnection, iceConnectionOf } from "./werift-internals.ts";

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
  readonly #connection: IceConnection;
  readonly #gatherer: Gatherer;
  readonly #traffic: TrafficExchange;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #earlyCandidates: (Candidate | undefined)[] = [];
  readonly #marks: SessionMarks;
  #queue: Promise<void> = Promise.resolve();
  #hasRemoteDescription = false;
  #stage: Stage = "ice";
  #selected: CandidatePair | null = null;
  #selectedPair: PeerReport["selectedPair"] = null;
  #hasFinished = false;
  #farMessagesSent: number | null = null;
  #isOver = false;

  constructor(join: Join, port: SessionPort, { joinedAtMs, ...settings }: SessionSettings) {
    this.#join = join;
    this.#port = port;
    this.#marks = {
      joinedAtMs,
      gatheringStartedAtMs: null,
      gatheringEndedAtMs: null,
      remoteDescriptionAtMs: null,
      pairSelectedAtMs: null,
      dtlsConnectedAtMs: null,
      channelOpenAtMs: null,
      firstDataAtMs: null,
    };
    this.#channel = createUnreliableChannel(this.#pc);
    this.#traffic = new TrafficExchange(join.traffic, this.#channel, () => this.#finish());
    this.#connection = iceConnectionOf(this.#pc);
    const { iceServers, transportPolicy } = join;
    const onEnd = () => this.#signal({ kind: "end-of-candidates" });
    this.#gatherer = new Gatherer(this.#connection, { iceServers, transportPolicy, ...settings, onEnd });
    new IceTakeover(this.#connection, this.#gatherer, {
      onSelected: (pair) => this.#onSelected(pair),
      onFailed: () => this.#fail("failed"),
    });
    repairDtls(this.#pc, this.#connection);
    this.#listen();
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

  /** Ends at once. Without a verdict of its own, unless its ICE servers have already said why nothing can come of it. */
  leave(): Promise<void> {
    const failure = this.#stage === "ice" ? serversFailure(this.#gatherer.reports) : null;
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
    this.#connection.onIceCandidate.subscribe((candidate) => {
      this.#signal({ kind: "candidate", candidate: `candidate:${candidate.toSdp()}` });
    });
    this.#pc.dtlsTransports[0]?.onStateChange.subscribe((state) => {
      if (state === "connected") this.#onDtlsConnected();
      if (state === "failed") this.#onLost("the DTLS transport failed");
    });
    this.#connection.stateChanged.subscribe((state) => {
      if (state === "failed") this.#onLost("consent expired: the far peer stopped answering");
    });
    this.#channel.stateChanged.subscribe((state) => {
      if (state === "open") this.#onOpen();
      if (state === "closed") this.#onLost("the data channel closed");
    });
    this.#channel.onMessage.subscribe((message) => {
      if (!Buffer.isBuffer(message) || !this.#traffic.receive(message)) return;
      this.#marks.firstDataAtMs = this.#traffic.firstDataAtMs;
      this.#signal({ kind: "first-data" });
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
        return this.#addCandidate(Candidate.fromSdp(data.candidate.replace(/^candidate:/, "")));
      case "end-of-candidates":
        return this.#addCandidate(undefined);
      case "first-data":
        this.#traffic.markHeard();
        return;
      case "finished":
        this.#farMessagesSent = data.messagesSent;
        return this.#endWhenComplete();
    }
  }

  async #setRemoteDescription(type: "offer" | "answer", sdp: string): Promise<void> {
    this.#marks.remoteDescriptionAtMs = monotonicMs();
    await this.#pc.setRemoteDescription({ type, sdp });
    this.#hasRemoteDescription = true;
    for (const candidate of this.#earlyCandidates.splice(0)) await this.#addCandidate(candidate);
  }

  /** A candidate may overtake the description it belongs to: it is kept, in order. */
  async #addCandidate(candidate: Candidate | undefined): Promise<void> {
    if (this.#hasRemoteDescription) await this.#connection.addRemoteCandidate(candidate);
    else this.#earlyCandidates.push(candidate);
  }

  #onSelected(pair: CandidatePair): void {
    this.#marks.pairSelectedAtMs = monotonicMs();
    this.#stage = "dtls";
    this.#selected = pair;
    this.#selectedPair = {
      local: describeCandidate(pair.localCandidate),
      remote: describeCandidate(pair.remoteCandidate),
    };
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
    if (this.#traffic.hasFallenSilent()) {
      const message = "No message arrived during the last third of the planned time.";
      void this.#end({ code: "data_failed", message }, true);
      return;
    }
    this.#hasFinished = true;
    this.#signal({ kind: "finished", messagesSent: this.#traffic.messagesSent });
    this.#after(FAR_END_TIMEOUT_MS, () => {
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
    const { reports: urls, permissions } = this.#gatherer;
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
    const report = this.#report(failure);
    this.#isOver = true;
    this.#traffic.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#close();
    this.#marks.gatheringStartedAtMs = this.#gatherer.startedAtMs;
    this.#marks.gatheringEndedAtMs = this.#gatherer.endedAtMs;
    this.#port.ended({
      type: "ended",
      session: this.#join.session,
      connected,
      dropped,
      marks: this.#marks,
      turnAllocateMs: this.#gatherer.turnAllocateMs,
      messagesSkipped: this.#traffic.messagesSkipped,
      report,
    });
  }

  async #close(): Promise<void> {
    stopDtlsRetransmissions(this.#pc);
    await this.#pc.close();
  }

  #report(failure: Failure | null): PeerReport {
    const used = this.#gatherer.relays.find(({ relay }) => relay.protocol === this.#selected?.protocol);
    return {
      candidates: [...this.#gatherer.candidates],
      urls: this.#gatherer.reports.map((report) => ({ ...report })),
      selectedPair: this.#selectedPair,
      selectedUrl: used?.url ?? null,
      selectedTransport: used?.transport ?? null,
      messagesSent: this.#traffic.messagesSent,
      messagesReceived: this.#traffic.messagesReceived,
      failure,
    };
  }
}

/** How often a peer that has sent everything looks whether the far peer's first message has come. */
const REPEAT_CHECK_MS = 20;
