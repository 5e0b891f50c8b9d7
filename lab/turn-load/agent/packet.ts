/**
 * What every packet of a client begins with: whose it is, its number, and when it was due. All else of it is filler.
 *
 *     0  life      32 bits: a relayed address may soon be somebody else's, and a packet on its way then is not theirs
 *     4  stream    8 bits, number 24 bits
 *     8  due time  64-bit float, milliseconds of CLOCK_MONOTONIC
 */
export const PACKET_HEADER_BYTES = 16;

export function writePacket(
  into: Buffer,
  offset: number,
  life: number,
  stream: number,
  number: number,
  dueMs: number,
): void {
  into.writeUInt32BE(life, offset);
  into.writeUInt32BE(((stream << 24) | (number & 0xffffff)) >>> 0, offset + 4);
  into.writeDoubleBE(dueMs, offset + 8);
}

export const lifeOf = (bytes: Buffer, offset: number): number => bytes.readUInt32BE(offset);
export const streamOf = (bytes: Buffer, offset: number): number => bytes[offset + 4] as number;
export const numberOf = (bytes: Buffer, offset: number): number => bytes.readUIntBE(offset + 5, 3);
export const dueMsOf = (bytes: Buffer, offset: number): number => bytes.readDoubleBE(offset + 8);
