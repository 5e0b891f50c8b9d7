import { CHANNEL_DATA_HEADER_BYTES, HEADER_BYTES } from "./constants.ts";

/**
 * Cuts a TCP or TLS stream into STUN messages and ChannelData (RFC 8656 section 12.5): the first byte tells
 * which, and both carry their length. Once the stream is neither, `isBroken` stays true and no frame follows.
 */
export class StreamFraming {
  #rest: Buffer = Buffer.alloc(0);
  #isBroken = false;

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** The frames that this chunk completes. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Buffer[] = [];
    while (!this.#isBroken && this.#rest.length >= CHANNEL_DATA_HEADER_BYTES) {
      const length = this.#rest.readUInt16BE(2);
      // RFC 8656 section 12: 0 to 63 begins a STUN message, 64 to 79 ChannelData.
      const firstByte = this.#rest.readUInt8(0);
      const isStun = firstByte < 64;
      this.#isBroken = firstByte > 79 || (isStun && length % 4 !== 0);
      const frameBytes = (isStun ? HEADER_BYTES : CHANNEL_DATA_HEADER_BYTES) + length;
      // Over a stream ChannelData is padded to 4 bytes, which its length does not count.
      const paddedBytes = (frameBytes + 3) & ~3;
      if (this.#isBroken || this.#rest.length < paddedBytes) break;
      frames.push(this.#rest.subarray(0, frameBytes));
      this.#rest = this.#rest.subarray(paddedBytes);
    }
    if (this.#isBroken) this.#rest = Buffer.alloc(0);
    return frames;
  }
}
