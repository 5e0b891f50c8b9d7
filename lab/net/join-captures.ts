/** A pcap's own header (draft-ietf-opsawg-pcap section 4), and a packet's. */
const HEADER_BYTES = 24;
const MICROSECONDS = 0xa1b2c3d4;

/** One pcap. `isCut`: the ring had gone round, and what was seen first is gone. */
export type JoinedCapture = { pcap: Buffer; hasPackets: boolean; isCut: boolean };

/** One pcap out of the files of a ring, in their order in it, as tcpdump has written them; null where there are none. */
export function joinCaptures(ring: readonly Buffer[]): JoinedCapture | null {
  const written = ring.filter(({ length }) => length >= HEADER_BYTES);
  const oldestFirst = written.filter(({ length }) => length > HEADER_BYTES).toSorted((a, b) => firstAt(a) - firstAt(b));
  const [first = written[0], ...rest] = oldestFirst;
  if (!first) return null;
  return {
    pcap: Buffer.concat([first, ...rest.map((file) => file.subarray(HEADER_BYTES))]),
    hasPackets: oldestFirst.length > 0,
    // Into the first file it goes first.
    isCut: oldestFirst.length > 0 && oldestFirst[0] !== written[0],
  };
}

/** When the first packet was seen, in seconds; in the byte order of whoever wrote it. */
function firstAt(file: Buffer): number {
  const isLittle = file.readUInt32LE(0) === MICROSECONDS;
  const read = (at: number) => (isLittle ? file.readUInt32LE(at) : file.readUInt32BE(at));
  return read(HEADER_BYTES) + read(HEADER_BYTES + 4) / 1e6;
}
