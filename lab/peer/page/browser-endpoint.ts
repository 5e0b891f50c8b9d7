import type { Candidate, CandidateType, IceServer, TurnTransport } from "../../model/ice.ts";
import type { CheckedPair } from "../../model/timeline.ts";
import { monotonicMs, type Timer } from "../course/clock.ts";
import {
  CHANNEL,
  type Endpoint,
  type EndpointEvents,
  type EndpointReport,
  type IceSignal,
} from "../course/endpoint.ts";
import type { Join, PeerPath } from "../protocol.ts";
import { CheckSteps } from "./check-steps.ts";
import { FarCandidates } from "./far-candidates.ts";
import { hasUfrag, iceParametersOf, ufragsOf } from "./ice-parameters.ts";
import { MediaCall } from "./media-call.ts";
import { Negotiation } from "./negotiation.ts";
import {
  candidateOf,
  isAnswerless,
  relayTransportOf,
  type SelectedPair,
  type Stats,
  selectedPairOf,
  statsOf,
} from "./stats.ts";
import { askedBy, isTurn, UrlReports } from "./url-reports.ts";

/** Of a pair that nobody answers: libwebrtc asks it this often in 5 s (p2p/base/p2p_constants.h), Firefox in 3 s. */
const ASKED_OFTEN_ENOUGH = 5;
/** How often it is looked whether a restart has come to a pair, where no event tells (Firefox). */
const SELECTION_POLL_MS = 50;

/** The browser's own RTCPeerConnection, told as an application tells it. Nothing of it is replaced. */
export class BrowserEndpoint implements Endpoint {
  readonly #join: Join;
  readonly #events: EndpointEvents;
  readonly #pc: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  /** Of each ICE generation what came of its URLs; a failure to connect is told from the first. */
  readonly #urls: [UrlReports, ...UrlReports[]];
  readonly #negotiation: Negotiation;
  readonly #media: MediaCall | null;
  readonly #candidates: Candidate[] = [];
  readonly #far: FarCandidates;
  readonly #gathering: { startedAtMs: number | null; endedAtMs: number | null } = {
    startedAtMs: null,
    endedAtMs: null,
  };
  readonly #checks: CheckSteps;
  #iceServers: readonly IceServer[];
  #hasSelected = false;
  #isDtlsTold = false;
  #path: PeerPath | null = null;
  #heard = 0;
  #selectionPoll: Timer | null = null;
  #isClosed = false;

  /** @throws DOMException for ICE servers that the browser refuses: a malformed URL, TURN without a credential */
  constructor(join: Join, events: EndpointEvents) {
    this.#join = join;
    this.#events = events;
    this.#iceServers = join.iceServers;
    this.#pc = new RTCPeerConnection({
      iceServers: join.iceServers,
      iceTransportPolicy: join.transportPolicy,
    });
    this.#urls = [new UrlReports(join.iceServers, monotonicMs())];
    this.#checks = new CheckSteps((step, atMs) => events.onStep(step, atMs));
    this.#channel = this.#pc.createDataChannel(CHANNEL.label, CHANNEL.options);
    this.#channel.binaryType = "arraybuffer";
    const { media } = join.traffic;
    this.#media = media ? new MediaCall(this.#pc, media, () => events.onMedia()) : null;
    this.#far = new FarCandidates(this.#pc);
    this.#negotiation = new Negotiation(this.#pc, join.role, {
      signal: (data) => events.signal(data),
      onRestart: () => {
        this.#urls.push(new UrlReports(this.#iceServers, monotonicMs()));
        events.onRestart();
        this.#watchSelection();
      },
      onRemoteDescription: () => this.#far.onDescription(),
    });
    this.#listen();
  }

  #listen(): void {
    const pc = this.#pc;
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) this.#onCandidate(candidate);
    };
    pc.onicecandidateerror = (error) => {
      this.#urlsNow.onError(error, monotonicMs());
      this.#tellUrls();
    };
    pc.onicegatheringstatechange = () => {
      const now = monotonicMs();
      if (pc.iceGatheringState === "gathering") this.#onGatheringStart(now);
      if (pc.iceGatheringState === "complete") this.#onGatheringEnd(now);
    };
    pc.oniceconnectionstatechange = () => {
      this.#events.onStep({ step: "ice-state", state: pc.iceConnectionState });
      this.#onIceState();
    };
    pc.onconnectionstatechange = () => {
      if (pc.connectionState === "connected") this.#onDtlsConnected();
      if (pc.connectionState === "failed" && pc.iceConnectionState !== "failed")
        this.#events.onLost("the DTLS transport failed");
    };
    this.#channel.onopen = () => {
      this.#onDtlsConnected();
      this.#events.onOpen();
    };
    this.#channel.onclose = () => this.#isClosed || this.#events.onLost("the data channel closed");
    this.#channel.onmessage = ({ data }) => {
      this.#heard++;
      this.#events.onMessage(new Uint8Array(data as ArrayBuffer));
    };
  }

  #listenToTransports(): void {
    const dtls = this.#pc.sctp?.transport;
    if (!dtls) return;
    dtls.onstatechange = () => {
      this.#events.onStep({ step: "dtls-state", state: dtls.state });
      if (dtls.state === "connected") this.#onDtlsConnected();
    };
    if (dtls.state === "connected") this.#onDtlsConnected();
    const ice = dtls.iceTransport as RTCIceTransport | undefined;
    ice?.addEventListener("selectedcandidatepairchange", () => this.#glance());
  }

  async offer(): Promise<void> {
    await this.#media?.start();
    await this.#negotiation.offer();
    this.#listenToTransports();
  }

  async describe(type: "offer" | "answer", sdp: string): Promise<void> {
    if (type === "offer") await this.#media?.start();
    await this.#negotiation.describe(type, sdp);
    this.#listenToTransports();
  }

  async take(signal: IceSignal): Promise<void> {
    switch (signal.kind) {
      case "candidate":
        return this.#far.add(signal.ufrag, signal.candidate);
      case "end-of-candidates":
        return this.#far.add(signal.ufrag, null);
      default:
        return this.#negotiation.takeRestart(signal);
    }
  }

  configure(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
    this.#pc.setConfiguration({ iceServers: [...iceServers], iceTransportPolicy: this.#join.transportPolicy });
  }

  restart(): void {
    this.#negotiation.restart().catch((error: unknown) => this.#isClosed || this.#events.onLost(String(error)));
  }

  get isRestarting(): boolean {
    return this.#negotiation.isRestarting;
  }

  get path(): PeerPath | null {
    return this.#path;
  }

  /** A browser asks by itself all the time; here it is looked whether anything has come. */
  async probe(): Promise<boolean> {
    const before = this.#heard;
    const heard = receivedOver(selectedPairOf(await this.#stats()));
    this.#heard = Math.max(before, heard);
    return heard > before;
  }

  send(message: Uint8Array): void {
    // A channel that has just closed says so itself.
    if (this.#channel.readyState === "open") this.#channel.send(message as Uint8Array<ArrayBuffer>);
  }

  /** No page can take back what its browser holds: with maxRetransmits 0 it is abandoned, once T3-rtx has expired. */
  startOver(): void {}

  get gathering(): Endpoint["gathering"] {
    return this.#gathering;
  }

  async failureFacts(): ReturnType<Endpoint["failureFacts"]> {
    this.#urls[0].settle(this.#hasSelected);
    // Where ICE has failed nothing is tried any more.
    if (this.#pc.iceConnectionState !== "failed") this.#urls[0].giveUp(monotonicMs());
    const isToldAll = this.#far.hasEnded && this.#gathering.endedAtMs !== null;
    return {
      urls: this.#urls[0].all,
      hasRelay: this.#urls[0].hasRelay,
      // Refused permissions are the browser's own business; no page learns of them.
      permissions: { granted: 0, refused: [] },
      isAnswerless: isToldAll && isAnswerless(await this.#stats(), ASKED_OFTEN_ENOUGH),
    };
  }

  async stats(): Promise<Record<string, unknown>[]> {
    return this.#stats();
  }

  /** Nothing of a connection that was closed meanwhile: a promise that nobody waits for must not end all of the page's calls. */
  async #stats(): Promise<Stats[]> {
    try {
      return await statsOf(this.#pc);
    } catch (error) {
      if (this.#isClosed) return [];
      throw error;
    }
  }

  async report(): Promise<EndpointReport> {
    await this.#lookAtPair();
    const path = this.#path;
    this.#urls[0].settle(this.#hasSelected);
    this.#tellUrls();
    return {
      candidates: this.#candidates,
      urls: this.#urls[0].all,
      selectedPair: path && { local: path.local, remote: path.remote },
      selectedUrl: path?.url ?? null,
      selectedTransport: path?.transport ?? null,
      turnAllocateMs: this.#urls.flatMap(({ allocateMs }) => allocateMs),
      turnAllocateOver: this.#urls.flatMap(({ allocateOver }) => allocateOver),
      ...(this.#media ? { media: await this.#media.received() } : {}),
    };
  }

  /** As the statistics that the report looked at said them. */
  async pairs(): Promise<CheckedPair[]> {
    return this.#checks.pairs((url) => this.#urlsNow.givenUrl(url));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#selectionPoll) clearTimeout(this.#selectionPoll);
    this.#media?.stop();
    this.#channel.close();
    this.#pc.close();
  }

  get #urlsNow(): UrlReports {
    return this.#urls.at(-1) ?? this.#urls[0];
  }

  #onCandidate(candidate: RTCIceCandidate): void {
    const url = (candidate as RTCIceCandidate & { url?: string | null }).url ?? null;
    // An empty one ends a generation's candidates; `null`, and the gathering state, end them all.
    if (candidate.candidate === "") return;
    if (url) this.#urlsNow.onCandidate({ type: candidate.type, url }, monotonicMs());
    else this.#onUnnamed(candidate, this.#urlsNow, monotonicMs()).catch((error: unknown) => this.#onUnseen(error));
    const ufrag = candidate.usernameFragment ?? iceParametersOf(this.#pc.localDescription?.sdp ?? "").ufrag;
    const described: Candidate = {
      type: (candidate.type ?? "host") as CandidateType,
      protocol: candidate.protocol ?? "udp",
      address: candidate.address ?? addressIn(candidate.candidate),
      port: candidate.port ?? 0,
      priority: candidate.priority ?? 0,
      ...(candidate.relatedAddress ? { relatedAddress: candidate.relatedAddress } : {}),
      ...(candidate.relatedPort ? { relatedPort: candidate.relatedPort } : {}),
      ...(url ? { url: this.#urlsNow.givenUrl(url) ?? url } : {}),
    };
    this.#candidates.push(described);
    this.#events.onStep({ step: "candidate", candidate: described });
    this.#tellUrls();
    this.#events.signal({ kind: "candidate", candidate: candidate.candidate, ufrag });
  }

  /** A candidate of a browser that does not say from which URL it is. */
  async #onUnnamed({ type, address, port }: RTCIceCandidate, urls: UrlReports, atMs: number): Promise<void> {
    if (type === "srflx") return urls.onUnnamed("stun", atMs);
    if (type !== "relay") return;
    const isIt = (s: Stats) => s.type === "local-candidate" && s.address === address && s.port === port;
    const local = (await this.#stats()).find(isIt);
    const transport = local && relayTransportOf(local);
    if (transport) urls.onUnnamed(transport, atMs);
  }

  #onGatheringStart(now: number): void {
    this.#events.onStep({ step: "gathering-started" }, now);
    this.#gathering.startedAtMs ??= now;
    const isTried = (url: string) => this.#join.transportPolicy === "all" || isTurn(url);
    for (const { url } of this.#urlsNow.all) if (isTried(url)) this.#events.onStep({ step: "url-tried", url }, now);
  }

  /** What has become known of URLs since it was told last. */
  #tellUrls(): void {
    for (const urls of this.#urls) for (const { step, atMs } of urls.takeSteps()) this.#events.onStep(step, atMs);
  }

  #onGatheringEnd(now: number): void {
    this.#events.onStep({ step: "gathering-ended" });
    this.#urlsNow.onGatheringEnd(now);
    this.#gathering.endedAtMs ??= now;
    for (const ufrag of ufragsOf(this.#pc.localDescription?.sdp ?? ""))
      this.#events.signal({ kind: "end-of-candidates", ufrag });
  }

  #onIceState(): void {
    const state = this.#pc.iceConnectionState;
    if (state === "connected" || state === "completed") return this.#glance();
    if (state !== "failed") return;
    if (!this.#hasSelected) return this.#events.onFailed(false);
    if (this.isRestarting) {
      this.#negotiation.endRestart();
      return this.#events.onFailed(true);
    }
    // With a recovery this is a silence that need not be waited for any longer.
    const reason = "consent expired: the far peer stopped answering";
    if (!this.#join.recovery) return this.#events.onLost(reason);
    this.#events.onStep({ step: "lost", reason });
    this.#events.onCut();
  }

  #onDtlsConnected(): void {
    if (this.#isDtlsTold) return;
    this.#isDtlsTold = true;
    // DTLS travels over a pair, whatever the order in which a browser tells of the two.
    this.#select();
    this.#events.onDtlsConnected();
  }

  #select(): void {
    if (this.#hasSelected) return;
    this.#hasSelected = true;
    this.#events.onSelected(false);
  }

  /** Where nobody waits for what is seen: statistics that reject end this session, and not all of the page. */
  #glance(): void {
    this.#lookAtPair().catch((error: unknown) => this.#onUnseen(error));
  }

  #onUnseen(error: unknown): void {
    if (!this.#isClosed) this.#events.onLost(`the browser's statistics: ${String(error)}`);
  }

  async #lookAtPair(): Promise<void> {
    if (this.#isClosed && this.#path) return;
    const atMs = monotonicMs();
    const stats = await this.#stats();
    this.#checks.see(stats);
    const selected = selectedPairOf(stats);
    if (!selected) return;
    const { local, remote } = selected;
    const isOfRestart = this.isRestarting && hasUfrag(this.#pc.localDescription?.sdp, String(local.usernameFragment));
    this.#checks.onSelected(selected, isOfRestart, atMs);
    const described = candidateOf(local);
    const transport = relayTransportOf(local);
    this.#path = {
      local: described,
      remote: candidateOf(remote),
      url: transport ? (this.#urlsNow.givenUrl(described.url) ?? this.#relayUrlOf(described, transport)) : null,
      transport,
    };
    if (!this.#isClosed && this.#pc.iceConnectionState !== "checking") this.#select();
    if (isOfRestart) this.#onMoved();
  }

  /** Of a browser whose statistics do not say which URL a relay is from, the candidate event may have. */
  #relayUrlOf({ address, port }: Candidate, transport: TurnTransport): string | null {
    const same = this.#candidates.find((c) => c.type === "relay" && c.address === address && c.port === port);
    if (same?.url) return same.url;
    const able = this.#iceServers.flatMap(({ urls }) => urls).filter((url) => askedBy(url) === transport);
    return able.length === 1 ? (able[0] ?? null) : null;
  }

  #onMoved(): void {
    const isConnected = ["connected", "completed"].includes(this.#pc.iceConnectionState);
    if (!isConnected) return;
    this.#negotiation.endRestart();
    this.#events.onSelected(true);
    if (this.#negotiation.takeAnother()) this.restart();
  }

  #watchSelection(): void {
    if (this.#selectionPoll) return;
    const lookLater = () => {
      this.#selectionPoll = setTimeout(() => {
        look().catch((error: unknown) => this.#onUnseen(error));
      }, SELECTION_POLL_MS);
    };
    const look = async () => {
      this.#selectionPoll = null;
      if (this.#isClosed || !this.isRestarting) return;
      await this.#lookAtPair();
      if (!this.#isClosed && this.isRestarting) lookLater();
    };
    lookLater();
  }
}

function receivedOver(selected: SelectedPair | null): number {
  const names = ["responsesReceived", "requestsReceived", "packetsReceived"];
  return names.reduce((sum, name) => sum + Number(selected?.pair[name] ?? 0), 0);
}

/** RFC 8839 section 5.1: foundation, component, transport, priority, address. */
function addressIn(candidate: string): string {
  return candidate.split(" ")[4] ?? "";
}
