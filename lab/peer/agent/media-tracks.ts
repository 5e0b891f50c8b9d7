import { MediaStreamTrack, type RTCPeerConnection, RTCRtpCodecParameters } from "werift";
import type { MediaKind } from "../../model/load.ts";
import { RTP_FORMATS } from "../course/rtp-packet.ts";

/** Authentication tags: SRTP's HMAC-SHA1-80 (RFC 3711 section 5.2) and AES-GCM's (RFC 7714), by the profile's number in DTLS. */
const TAG_BYTES: Readonly<Record<number, number>> = { 1: 10, 7: 16 };

const NAMES = { audio: "audio/opus", video: "video/VP8" } as const satisfies Record<MediaKind, string>;

/** Opus and VP8 without any feedback: nothing that was lost is asked for again, and nothing adapts to loss. */
export const CODECS = {
  audio: [codecOf("audio", 2)],
  video: [codecOf("video")],
};

function codecOf(kind: MediaKind, channels?: number): RTCRtpCodecParameters {
  const { clockRate, payloadType } = RTP_FORMATS[kind];
  return new RTCRtpCodecParameters({
    mimeType: NAMES[kind],
    clockRate,
    payloadType,
    rtcpFeedback: [],
    ...(channels ? { channels } : {}),
  });
}

/** Tracks of a werift peer connection that send RTP as it is given, and hand over what comes. To be made before the first description. */
export class MediaTracks {
  readonly #pc: RTCPeerConnection;
  readonly #tracks = new Map<MediaKind, MediaStreamTrack>();

  constructor(
    pc: RTCPeerConnection,
    kinds: readonly MediaKind[],
    onPacket: (kind: MediaKind, packet: Uint8Array) => void,
  ) {
    this.#pc = pc;
    for (const kind of kinds) {
      const track = new MediaStreamTrack({ kind });
      this.#tracks.set(kind, track);
      pc.addTrack(track);
    }
    pc.onTrack.subscribe((track) => {
      const kind = track.kind === "audio" ? "audio" : "video";
      track.onReceiveRtp.subscribe((packet) => onPacket(kind, packet.serialize()));
    });
  }

  send(kind: MediaKind, packet: Uint8Array): void {
    this.#tracks.get(kind)?.writeRtp(Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength));
  }

  get tagBytes(): number {
    const srtp = this.#pc.dtlsTransports[0]?.dtls as { srtp?: { srtpProfile?: number } } | undefined;
    return TAG_BYTES[srtp?.srtp?.srtpProfile ?? 0] ?? 0;
  }
}
