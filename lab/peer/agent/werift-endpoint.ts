import { type RTCDataChannel, RTCPeerConnection } from "werift";
import type { IceServer } from "../../model/ice.ts";
import type { CheckedPair } from "../../model/timeline.ts";
import { streamsOf } from "../../model/traffic-profile.ts";
import type { Endpoint, EndpointEvents, EndpointReport, IceSignal } from "../course/endpoint.ts";
import type { AgentSettings, Join, PeerPath } from "../protocol.ts";
import { repairDtls, stopDtlsRetransmissions } from "./dtls-repair.ts";
import { IceRestarts } from "./ice-restarts.ts";
import { logDtlsKeys } from "./key-log.ts";
import { CODECS, MediaTracks } from "./media-tracks.ts";
import { createUnreliableChannel, startOverAfterSilence } from "./unreliable-channel.ts";
import { iceConnectionOf } from "./werift-internals.ts";

/** A werift peer connection with this lab's gathering, checks and ICE restarts. */
export class WeriftEndpoint implements Endpoint {
  readonly #events: EndpointEvents;
  readonly #pc = new RTCPeerConnection({
    iceServers: [],
    iceUseIpv6: false,
    bundlePolicy: "max-bundle",
    codecs: CODECS,
  });
  readonly #channel: RTCDataChannel;
  readonly #ice: IceRestarts;
  readonly tracks?: MediaTracks;

  constructor({ iceServers, transportPolicy, role, traffic }: Join, events: EndpointEvents, settings: AgentSettings) {
    this.#events = events;
    this.#channel = createUnreliableChannel(this.#pc);
    const { packets, packetsOver = "rtp" } = traffic;
    if (packets !== undefined && packetsOver === "rtp") {
      const kinds = streamsOf(packets).map(({ kind }) => kind);
      this.tracks = new MediaTracks(this.#pc, kinds, events.onPacket);
    }
    const connection = iceConnectionOf(this.#pc);
    this.#ice = new IceRestarts(
      connection,
      { iceServers, transportPolicy, role, ...settings, onStep: events.onStep },
      { ...events, onLost: () => events.onLost("consent expired: the far peer stopped answering") },
    );
    repairDtls(this.#pc, connection);
    this.#listen();
  }

  #listen(): void {
    this.#pc.dtlsTransports[0]?.onStateChange.subscribe((state) => {
      this.#events.onStep({ step: "dtls-state", state });
      if (state === "connected") {
        logDtlsKeys(this.#pc);
        this.#events.onDtlsConnected();
      }
      if (state === "failed") this.#events.onLost("the DTLS transport failed");
    });
    this.#channel.stateChanged.subscribe((state) => {
      if (state === "open") this.#events.onOpen();
      if (state === "closed") this.#events.onLost("the data channel closed");
    });
    this.#channel.onMessage.subscribe((message) => {
      if (Buffer.isBuffer(message)) this.#events.onMessage(message);
    });
  }

  async offer(): Promise<void> {
    const offer = await this.#pc.createOffer();
    this.#events.signal({ kind: "offer", sdp: offer.sdp });
    await this.#pc.setLocalDescription(offer);
  }

  async describe(type: "offer" | "answer", sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({ type, sdp });
    await this.#ice.firstIsDescribed();
    if (type === "answer") return;
    const answer = await this.#pc.createAnswer();
    this.#events.signal({ kind: "answer", sdp: answer.sdp });
    await this.#pc.setLocalDescription(answer);
  }

  take(signal: IceSignal): Promise<void> {
    return this.#ice.take(signal);
  }

  configure(iceServers: readonly IceServer[]): void {
    this.#ice.configure(iceServers);
  }

  restart(): void {
    this.#ice.restart();
  }

  get isRestarting(): boolean {
    return this.#ice.isRestarting;
  }

  get path(): PeerPath | null {
    return this.#ice.current.path;
  }

  probe(): Promise<boolean> {
    return this.#ice.current.probe();
  }

  send(message: Uint8Array): void {
    this.#channel.send(Buffer.from(message.buffer, message.byteOffset, message.byteLength));
  }

  startOver(): void {
    startOverAfterSilence(this.#pc);
  }

  get gathering(): Endpoint["gathering"] {
    return this.#ice.first.gatherer;
  }

  async failureFacts(): ReturnType<Endpoint["failureFacts"]> {
    const { urls, gatherer } = this.#ice.first;
    return { urls, permissions: gatherer.permissions };
  }

  async stats(): Promise<null> {
    return null;
  }

  async report(): Promise<EndpointReport> {
    const { path } = this.#ice.current;
    return {
      candidates: this.#ice.all.flatMap(({ gatherer }) => gatherer.candidates),
      urls: this.#ice.first.urls.map((report) => ({ ...report })),
      selectedPair: path && { local: path.local, remote: path.remote },
      selectedUrl: path?.url ?? null,
      selectedTransport: path?.transport ?? null,
      turnAllocateMs: this.#ice.all.flatMap(({ gatherer }) => gatherer.turnAllocateMs),
      turnAllocateOver: this.#ice.all.flatMap(({ gatherer }) => gatherer.turnAllocateOver),
    };
  }

  async pairs(): Promise<CheckedPair[]> {
    return this.#ice.all.flatMap(({ pairs }) => pairs);
  }

  async close(): Promise<void> {
    stopDtlsRetransmissions(this.#pc);
    await Promise.all([this.#ice.close(), this.#pc.close()]);
  }
}
