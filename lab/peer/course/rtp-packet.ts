import type { MediaKind } from "../../model/load.ts";

/** RFC 3550 section 5.1, without CSRCs and extensions. */
export const RTP_HEADER_BYTES = 12;

/** As browsers number Opus and VP8, and the clocks of their payload formats (RFC 7587 section 4.1, RFC 7741 section 4.1). */
export const RTP_FORMATS = {
  audio: { payloadType: 111, clockRate: 48_000 },
  video: { payloadType: 96, clockRate: 90_000 },
} as const satisfies Record<MediaKind, { payloadType: number; clockRate: number }>;

/** Numbers as they stand in the header: 16 bits of the sequence, 32 of the timestamp. */
export type RtpPacket = { payloadType: number; sequence: number; timestamp: number; payloadBytes: number };

/** A packet whose payload is zeros. */
export function writeRtp({ payloadType, sequence, timestamp, payloadBytes }: RtpPacket): Uint8Array {
  const packet = new Uint8Array(RTP_HEADER_BYTES + payloadBytes);
  const view = new DataView(packet.buffer);
  packet[0] = 0x80;
  packet[1] = payloadType;
  view.setUint16(2, sequence);
  view.setUint32(4, timestamp);
  return packet;
}

/** Null where it is no RTP packet as `writeRtp` writes it: version 2, and nothing but a header and a payload. */
export function readRtp(packet: Uint8Array): RtpPacket | null {
  const [first = 0, second = 0] = packet;
  if (packet.length < RTP_HEADER_BYTES || first !== 0x80) return null;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  return {
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    payloadBytes: packet.length - RTP_HEADER_BYTES,
  };
}

export function kindOf(payloadType: number): MediaKind | null {
  if (payloadType === RTP_FORMATS.audio.payloadType) return "audio";
  return payloadType === RTP_FORMATS.video.payloadType ? "video" : null;
}
