import type { Role } from "../../model/scenario.ts";
import type { IceSignal } from "../course/endpoint.ts";
import type { SignalData } from "../protocol.ts";
import { farSetup, iceParametersOf, withIceParameters, withSetup } from "./ice-parameters.ts";

type RestartSignal = Extract<IceSignal, { kind: "restart-offer" | "restart-answer" }>;

type NegotiationEvents = {
  signal: (data: SignalData) => void;
  /** A restart was begun, by this end or the far one. */
  onRestart: () => void;
  /** The far end's description was set: candidates of it may be added. */
  onRemoteDescription: () => Promise<void>;
};

/**
 * Offers and answers of one RTCPeerConnection. Of an ICE restart's only what changes in them crosses the signalling: this
 * end writes the rest from the description that it has. Offers that cross end as in W3C's "perfect negotiation": the
 * session's offerer ignores the far one's, the answerer takes its own back.
 */
export class Negotiation {
  readonly #pc: RTCPeerConnection;
  readonly #role: Role;
  readonly #events: NegotiationEvents;
  #isRestarting = false;
  /** From the wish to restart until the answer, or until the far end's offer takes its place. */
  #isOffering = false;
  /** The user name in the own offer that is unanswered. */
  #openOffer: string | null = null;
  #isAnotherDue = false;

  constructor(pc: RTCPeerConnection, role: Role, events: NegotiationEvents) {
    this.#pc = pc;
    this.#role = role;
    this.#events = events;
  }

  get isRestarting(): boolean {
    return this.#isRestarting;
  }

  async offer(): Promise<void> {
    const { sdp = "" } = await this.#pc.createOffer();
    // Told before it is set: candidates follow its setting at once.
    this.#events.signal({ kind: "offer", sdp });
    await this.#pc.setLocalDescription({ type: "offer", sdp });
  }

  async describe(type: "offer" | "answer", sdp: string): Promise<void> {
    await this.#pc.setRemoteDescription({ type, sdp });
    if (type === "offer") {
      const answer = await this.#pc.createAnswer();
      this.#events.signal({ kind: "answer", sdp: answer.sdp ?? "" });
      await this.#pc.setLocalDescription(answer);
    }
    await this.#events.onRemoteDescription();
  }

  /** Begins an ICE restart; one whose offer is unanswered is followed by this one. */
  async restart(): Promise<void> {
    if (this.#isOffering) {
      this.#isAnotherDue = true;
      return;
    }
    this.#isOffering = true;
    this.#isRestarting = true;
    this.#pc.restartIce();
    const { sdp = "" } = await this.#pc.createOffer();
    // Meanwhile the far end's offer may have come, and have been taken instead.
    if (!this.#isOffering) return;
    const parameters = iceParametersOf(sdp);
    this.#openOffer = parameters.ufrag;
    this.#events.signal({ kind: "restart-offer", ...parameters });
    this.#events.onRestart();
    await this.#pc.setLocalDescription({ type: "offer", sdp });
  }

  async takeRestart(signal: RestartSignal): Promise<void> {
    if (signal.kind === "restart-answer") {
      if (signal.to !== this.#openOffer) return;
      this.#openOffer = null;
      this.#isOffering = false;
      await this.#setRemote("answer", signal);
      return;
    }
    if (this.#isOffering && this.#role === "offerer") return;
    this.#openOffer = null;
    this.#isOffering = false;
    const isBegun = this.#isRestarting;
    this.#isRestarting = true;
    // Over an own offer that is open this takes that one back (RFC 8829 section 4.1.10.2).
    await this.#setRemote("offer", signal);
    const { sdp = "" } = await this.#pc.createAnswer();
    this.#events.signal({ kind: "restart-answer", ...iceParametersOf(sdp), to: signal.ufrag });
    if (!isBegun) this.#events.onRestart();
    await this.#pc.setLocalDescription({ type: "answer", sdp });
  }

  /** It came to a pair, or failed. */
  endRestart(): void {
    this.#isRestarting = false;
  }

  /** Whether another restart was asked for while one was under way; it is due once. */
  takeAnother(): boolean {
    const isDue = this.#isAnotherDue;
    this.#isAnotherDue = false;
    return isDue;
  }

  async #setRemote(type: "offer" | "answer", parameters: { ufrag: string; password: string }): Promise<void> {
    const local = this.#pc.currentLocalDescription?.sdp ?? "";
    const remote = this.#pc.currentRemoteDescription?.sdp ?? "";
    const sdp = withSetup(remote, type === "offer" ? "actpass" : farSetup(local, remote));
    await this.#pc.setRemoteDescription({ type, sdp: withIceParameters(sdp, parameters) });
    await this.#events.onRemoteDescription();
  }
}
