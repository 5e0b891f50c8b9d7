import { hasUfrag, sectionOf, ufragsOf } from "./ice-parameters.ts";

/** The far end's candidates, for a peer connection: one that overtakes the description it belongs to waits for it. */
export class FarCandidates {
  readonly #pc: RTCPeerConnection;
  /** By the user name of the generation that sent them. */
  readonly #early = new Map<string, (string | null)[]>();
  #hasEnded = false;

  constructor(pc: RTCPeerConnection) {
    this.#pc = pc;
  }

  /** Whether the far end has told, of any generation, that it has no more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** `candidate`: null where there are no more. */
  async add(ufrag: string, candidate: string | null): Promise<void> {
    const sdp = this.#pc.remoteDescription?.sdp;
    if (!hasUfrag(sdp, ufrag)) {
      this.#early.set(ufrag, [...(this.#early.get(ufrag) ?? []), candidate]);
      return;
    }
    if (candidate === null) this.#hasEnded = true;
    await this.#pc.addIceCandidate({
      candidate: candidate ?? "",
      sdpMLineIndex: sectionOf(sdp ?? "", ufrag),
      usernameFragment: ufrag,
    });
  }

  /** A description of the far end's was set: what waited for it is added. */
  async onDescription(): Promise<void> {
    for (const ufrag of ufragsOf(this.#pc.remoteDescription?.sdp ?? "")) {
      const early = this.#early.get(ufrag) ?? [];
      this.#early.delete(ufrag);
      for (const candidate of early) await this.add(ufrag, candidate);
    }
  }
}
