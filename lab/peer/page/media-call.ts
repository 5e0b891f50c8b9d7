import type { MediaReceived } from "../../model/events.ts";
import type { MediaKind } from "../../model/load.ts";
import type { Timer } from "../course/clock.ts";
import { mediaOf, statsOf } from "./stats.ts";

const LOOK_MS = 50;

/** The tracks of all calls of this page: one fake microphone and camera, as one person has. */
const captured = new Map<string, Promise<MediaStream>>();

function capture(kinds: readonly MediaKind[]): Promise<MediaStream> {
  const key = [...kinds].sort().join();
  const stream =
    captured.get(key) ??
    navigator.mediaDevices.getUserMedia({ audio: kinds.includes("audio"), video: kinds.includes("video") });
  captured.set(key, stream);
  // What was refused may be asked for again.
  stream.catch(() => captured.delete(key));
  return stream;
}

/** The tracks that one call sends, and what comes of the far end's. */
export class MediaCall {
  readonly #pc: RTCPeerConnection;
  readonly #kinds: readonly MediaKind[];
  readonly #onArrived: () => void;
  #timer: Timer | null = null;
  #isStopped = false;

  constructor(pc: RTCPeerConnection, kinds: readonly MediaKind[], onArrived: () => void) {
    this.#pc = pc;
    this.#kinds = kinds;
    this.#onArrived = onArrived;
  }

  /** Before the first description, so that it has the tracks. @throws DOMException where the browser gives none */
  async start(): Promise<void> {
    const stream = await capture(this.#kinds);
    for (const track of stream.getTracks()) this.#pc.addTrack(track, stream);
    this.#pc.ontrack = ({ track }) => play(track);
    this.#look();
  }

  stop(): void {
    this.#isStopped = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  async received(): Promise<MediaReceived[]> {
    return mediaOf(await statsOf(this.#pc), this.#kinds);
  }

  #look(): void {
    this.#timer = setTimeout(async () => {
      // Of a closed connection some browsers' statistics reject; nobody waits here for them.
      const received = await this.received().catch(() => null);
      if (this.#isStopped) return;
      if (received === null) return this.#look();
      const isThere = received.every(
        ({ packetsReceived, framesDecoded }) => packetsReceived > 0 && framesDecoded !== 0,
      );
      if (isThere) this.#onArrived();
      else this.#look();
    }, LOOK_MS);
  }
}

/** A track that nobody looks at is not decoded. */
function play(track: MediaStreamTrack): void {
  const element = document.createElement(track.kind === "video" ? "video" : "audio");
  element.muted = true;
  element.autoplay = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
  track.onended = () => element.remove();
}
