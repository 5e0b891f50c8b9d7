import { Candidate, type CandidatePair, Connection } from "werift";
import type { UrlReport } from "../../model/events.ts";
import type { CheckedPair } from "../../model/timeline.ts";
import type { IceParameters, PeerPath, SignalData } from "../protocol.ts";
import { describeCandidate, Gatherer, type GathererOptions } from "./gatherer.ts";
import { IceTakeover } from "./ice-takeover.ts";
import type { Relay } from "./relay.ts";
import type { IceConnection } from "./werift-internals.ts";

type GenerationEvents = {
  signal: (data: SignalData) => void;
  onSelected: (pair: CandidatePair) => void;
  onFailed: () => void;
  /** Consent has expired (RFC 7675): the selected pair may not be used any more. */
  onLost: () => void;
  /** The TURN server at this end of the selected pair has cut the connection to it. */
  onCut: () => void;
  /** A request or data from the far peer arrived here. */
  onHeard: () => void;
};

/** Of a probe: two sends within half a second, so that one lost packet is no silence. */
const PROBE = { retransmissions: 1, responseTimeout: 200 };

/**
 * Everything that an ICE restart begins anew (RFC 8445 section 9): user name and password, sockets, candidates, pairs and
 * consent. The first generation's connection is the peer connection's own; each later one has its own werift connection, so
 * that two generations live side by side until the new one has a pair. Sockets are new as well, as in libwebrtc.
 */
export class IceGeneration {
  readonly connection: IceConnection;
  readonly gatherer: Gatherer;
  selected: CandidatePair | null = null;
  readonly #takeover: IceTakeover;
  #selectedPath: PeerPath | null = null;

  constructor(
    connection: IceConnection | { isControlling: boolean },
    options: Omit<GathererOptions, "onEnd" | "onCut">,
    events: GenerationEvents,
  ) {
    this.connection =
      "isControlling" in connection
        ? (new Connection(connection.isControlling, {}) as unknown as IceConnection)
        : connection;
    const onEnd = () => events.signal({ kind: "end-of-candidates", ufrag: this.ufrag });
    const onCut = ({ protocol }: Relay) => {
      if (this.selected?.protocol === protocol) events.onCut();
    };
    this.gatherer = new Gatherer(this.connection, { ...options, onEnd, onCut });
    this.#takeover = new IceTakeover(this.connection, this.gatherer, {
      onSelected: (pair) => {
        this.selected = pair;
        this.#selectedPath = this.#describe(pair);
        events.onSelected(pair);
      },
      onFailed: events.onFailed,
      onRequest: events.onHeard,
      onStep: options.onStep,
    });
    // RFC 7675: consent is asked for every 5 s, which keeps an idle pair's mappings alive.
    if (options.flaws?.includes("no-keepalive")) {
      const { connection: own } = this;
      // Given once and never asked for again: without it werift sends nothing.
      own.queryConsent = () => {
        own.consentFresh = true;
      };
    }
    this.connection.onIceCandidate.subscribe((candidate) => {
      events.signal({ kind: "candidate", candidate: `candidate:${candidate.toSdp()}`, ufrag: this.ufrag });
    });
    this.connection.stateChanged.subscribe((state) => {
      // Checking, and failing before there was a pair, are told by the takeover; closing is this end's own doing.
      if (state === "connected" || state === "failed") options.onStep({ step: "ice-state", state });
      if (state === "failed") events.onLost();
    });
    this.connection.onData.subscribe(events.onHeard);
  }

  get ufrag(): string {
    return this.connection.localUsername;
  }

  /** What an offer or answer says of this generation (RFC 8839 section 5.4). */
  get parameters(): IceParameters {
    return { ufrag: this.connection.localUsername, password: this.connection.localPassword };
  }

  /** The selected pair, and the TURN URL at its local end; null before. */
  get path(): PeerPath | null {
    return this.#selectedPath;
  }

  get pairs(): CheckedPair[] {
    return this.#takeover.pairs;
  }

  get urls(): UrlReport[] {
    return this.gatherer.reports;
  }

  gather(): void {
    void this.connection.gatherCandidates();
  }

  /** Begins checks against the far peer's generation. */
  connect({ ufrag, password }: IceParameters): void {
    this.connection.setRemoteParams({ iceLite: false, usernameFragment: ufrag, password });
    // It rejects when it is closed or has failed, and both have been told.
    this.connection.connect().catch(() => {});
  }

  add(candidate: string | null): Promise<void> {
    const parsed = candidate === null ? undefined : Candidate.fromSdp(candidate.replace(/^candidate:/, ""));
    return this.connection.addRemoteCandidate(parsed);
  }

  /** Asks the far peer over the selected pair whether it is there; resolves to whether it answered. */
  async probe(): Promise<boolean> {
    const { connection, selected } = this;
    if (!selected) return false;
    const { localUsername, remoteUsername, remotePassword, iceControlling } = connection;
    const request = connection.buildRequest({
      nominate: false,
      localUsername,
      remoteUsername,
      iceControlling,
      localCandidate: selected.localCandidate,
    });
    try {
      // A copy: werift writes the key into what it is given.
      const options = { ...PROBE };
      await selected.protocol.request(request, selected.remoteAddr, Buffer.from(remotePassword, "utf8"), options);
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Gives back sockets and allocations. Without the connection's own end, which would be the peer connection's as well.
   * Once; later calls wait for the first.
   */
  retire(): Promise<void> {
    return this.#takeover.retire();
  }

  #describe(pair: CandidatePair): PeerPath {
    const used = this.gatherer.relays.find(({ relay }) => relay.protocol === pair.protocol);
    return {
      local: describeCandidate(pair.localCandidate),
      remote: describeCandidate(pair.remoteCandidate),
      url: used?.url ?? null,
      transport: used?.transport ?? null,
    };
  }
}
