import { CHANNEL_DATA_HEADER_BYTES, FIRST_CHANNEL, LAST_CHANNEL } from "./constants.ts";

/** Application data over a channel, RFC 8656 section 12.4. */
export type ChannelData = { channel: number; data: Buffer };

/** Padded to 4 bytes, which a stream needs and a datagram may carry (RFC 8656 section 12.5). */
export function encodeChannelData({ channel, data }: ChannelData): Buffer {
  const bytes = Buffer.alloc((CHANNEL_DATA_HEADER_BYTES + data.length + 3) & ~3);
  bytes.writeUInt16BE(channel, 0);
  bytes.writeUInt16BE(data.length, 2);
  data.copy(bytes, CHANNEL_DATA_HEADER_BYTES);
  return bytes;
}

/** Null when the bytes are not ChannelData. */
export function decodeChannelData(bytes: Buffer): ChannelData | null {
  if (bytes.length < CHANNEL_DATA_HEADER_BYTES) return null;
  const channel = bytes.readUInt16BE(0);
  const end = CHANNEL_DATA_HEADER_BYTES + bytes.readUInt16BE(2);
  if (channel < FIRST_CHANNEL || channel > LAST_CHANNEL || end > bytes.length) return null;
  return { channel, data: bytes.subarray(CHANNEL_DATA_HEADER_BYTES, end) };
}
