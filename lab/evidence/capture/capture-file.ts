import { gunzipSync } from "node:zlib";
import { EvidenceError } from "../reader.ts";

/** One captured frame. `bytes` is a view of the file. */
export type Frame = {
  /** From 1 on, as Wireshark counts. */
  number: number;
  /** Unix seconds. */
  atS: number;
  /** https://www.tcpdump.org/linktypes.html */
  linkType: number;
  bytes: Buffer;
  /** Of the frame on the wire, of which `bytes` may be the beginning. */
  wireBytes: number;
};

/** Handed out beside the frames. */
export type CaptureFile = { frames: Generator<Frame, void>; faults: string[] };

const PCAP_MAGICS: ReadonlyMap<number, { isLittle: boolean; perSecond: number }> = new Map([
  [0xa1b2c3d4, { isLittle: false, perSecond: 1e6 }],
  [0xd4c3b2a1, { isLittle: true, perSecond: 1e6 }],
  [0xa1b23c4d, { isLittle: false, perSecond: 1e9 }],
  [0x4d3cb2a1, { isLittle: true, perSecond: 1e9 }],
]);
const PCAPNG_MAGIC = 0x0a0d0d0a;
const PCAPNG_ORDER = 0x1a2b3c4d;

const PCAP_HEADER = 24;
const PCAP_RECORD = 16;
/** libpcap's own bound (MAXIMUM_SNAPLEN): a longer record is none. */
const MAX_FRAME = 262_144;
const MAX_BLOCK = 16 * 1024 * 1024;

/** The file stands in memory as a whole: a larger one is of much else. */
const MAX_BYTES = 1024 * 1024 * 1024;
/** What cuts a capture down to a call, as Wireshark writes it. */
export const FILTER = 'tshark -r FILE -Y "stun or dtls or icmp or icmpv6 or tcp.port in {3478,5349,443}" -w SMALLER';

/** Never throws. */
export function isCapture(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  if (isGzip(bytes)) {
    try {
      // Z_SYNC_FLUSH: what is whole of a part.
      const head = gunzipSync(bytes.subarray(0, 4096), { finishFlush: 2, maxOutputLength: 8 * 1024 * 1024 });
      return head.length >= 8 && !isGzip(head) && isCapture(head);
    } catch {
      return false;
    }
  }
  const magic = viewOf(bytes).getUint32(0, false);
  return magic === PCAPNG_MAGIC || PCAP_MAGICS.has(magic);
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

function unpacked(name: string, bytes: Uint8Array, faults: string[]): Uint8Array {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(name, "more than that, unpacked");
    faults.push(`${name}: a damaged or cut gzip; what could be unpacked of it was read`);
  }
  try {
    return gunzipSync(bytes, { finishFlush: 2, maxOutputLength: MAX_BYTES });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new EvidenceError(
      `${name}: expected a whole gzip, found a damaged one (${why}). Unpack it as far as it goes: gzip -dc FILE > PART`,
    );
  }
}

const tooLarge = (name: string, found: string) =>
  new EvidenceError(`${name}: expected a capture of at most 1 GiB, found ${found}. Cut it down: ${FILTER}`);

/** The frames of a pcap or pcapng file, one after the other; what is broken ends them and is said in `faults`. */
export function openCapture(name: string, file: Uint8Array): CaptureFile {
  if (!isCapture(file))
    throw new EvidenceError(`${name}: expected a capture (pcap or pcapng), found another file. Try \`file ${name}\`.`);
  if (file.length > MAX_BYTES) throw tooLarge(name, `${Math.round(file.length / 2 ** 20)} MiB`);
  const faults: string[] = [];
  const bytes = unpacked(name, file, faults);
  const magic = viewOf(bytes).getUint32(0, false);
  const frames = magic === PCAPNG_MAGIC ? pcapng(name, bytes, faults) : pcap(name, bytes, faults);
  return { frames, faults };
}

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-06.html */
function* pcap(name: string, bytes: Uint8Array, faults: string[]): Generator<Frame, void> {
  const view = viewOf(bytes);
  const { isLittle, perSecond } = PCAP_MAGICS.get(view.getUint32(0, false)) ?? { isLittle: true, perSecond: 1e6 };
  if (bytes.length < PCAP_HEADER) {
    faults.push(`${name}: cut off in its header, after ${bytes.length} bytes`);
    return;
  }
  const linkType = view.getUint32(20, isLittle) & 0xffff;
  let offset = PCAP_HEADER;
  let number = 0;
  while (offset < bytes.length) {
    if (offset + PCAP_RECORD > bytes.length) {
      faults.push(cutOff(name, number));
      return;
    }
    const captured = view.getUint32(offset + 8, isLittle);
    const start = offset + PCAP_RECORD;
    if (captured > MAX_FRAME) {
      faults.push(broken(name, number, `a frame of ${captured} bytes`));
      return;
    }
    if (start + captured > bytes.length) {
      faults.push(cutOff(name, number));
      return;
    }
    number++;
    yield {
      number,
      atS: view.getUint32(offset, isLittle) + view.getUint32(offset + 4, isLittle) / perSecond,
      linkType,
      bytes: bufferOf(bytes, start, captured),
      wireBytes: view.getUint32(offset + 12, isLittle),
    };
    offset = start + captured;
  }
}

type Interface = { linkType: number; snapLength: number; perSecond: number };

/** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-04.html: sections 4.1 to 4.4, and appendix A. */
function* pcapng(name: string, bytes: Uint8Array, faults: string[]): Generator<Frame, void> {
  const view = viewOf(bytes);
  let isLittle = true;
  let interfaces: Interface[] = [];
  let offset = 0;
  let number = 0;
  let lastAtS = 0;
  while (offset < bytes.length) {
    if (offset + 12 > bytes.length) {
      faults.push(cutOff(name, number));
      return;
    }
    if (view.getUint32(offset, false) === PCAPNG_MAGIC) {
      isLittle = view.getUint32(offset + 8, true) === PCAPNG_ORDER;
      interfaces = [];
    }
    const type = view.getUint32(offset, isLittle);
    const length = view.getUint32(offset + 4, isLittle);
    if (length < 12 || length % 4 !== 0 || length > MAX_BLOCK) {
      faults.push(broken(name, number, `a block of ${length} bytes`));
      return;
    }
    if (offset + length > bytes.length) {
      faults.push(cutOff(name, number));
      return;
    }
    const body = offset + 8;
    const end = offset + length - 4;
    if (type === 1 && end - body >= 8) interfaces.push(interfaceOf(view, body, end, isLittle));
    const found = frameIn(view, { type, body, end, isLittle }, interfaces);
    if (found) {
      number++;
      lastAtS = found.atS ?? lastAtS;
      yield {
        number,
        atS: lastAtS,
        linkType: found.linkType,
        bytes: bufferOf(bytes, found.start, found.captured),
        wireBytes: found.wireBytes,
      };
    }
    offset += length;
  }
}

type Block = { type: number; body: number; end: number; isLittle: boolean };

/** Enhanced, simple and obsolete packet blocks; null for any other, and for one that does not hold together. */
function frameIn(view: DataView, { type, body, end, isLittle }: Block, interfaces: readonly Interface[]) {
  const u32 = (at: number) => view.getUint32(at, isLittle);
  if (type === 3 && end - body >= 4) {
    const first = interfaces[0];
    if (!first) return null;
    const wireBytes = u32(body);
    const captured = Math.min(wireBytes, first.snapLength || wireBytes, end - body - 4);
    return { linkType: first.linkType, atS: null, start: body + 4, captured, wireBytes };
  }
  if ((type !== 6 && type !== 2) || end - body < 20) return null;
  const one = interfaces[type === 6 ? u32(body) : view.getUint16(body, isLittle)];
  const captured = u32(body + 12);
  if (!one || body + 20 + captured > end) return null;
  const atS = (u32(body + 4) * 2 ** 32 + u32(body + 8)) / one.perSecond;
  return { linkType: one.linkType, atS, start: body + 20, captured, wireBytes: u32(body + 16) };
}

/** Option 9 is the resolution of times: a negative power of ten, or of two where its first bit is set. */
function interfaceOf(view: DataView, body: number, end: number, isLittle: boolean): Interface {
  let perSecond = 1e6;
  for (let at = body + 8; at + 4 <= end; ) {
    const code = view.getUint16(at, isLittle);
    const length = view.getUint16(at + 2, isLittle);
    if (code === 0 || at + 4 + length > end) break;
    if (code === 9 && length === 1) {
      const value = view.getUint8(at + 4);
      perSecond = value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value;
    }
    at += 4 + ((length + 3) & ~3);
  }
  return { linkType: view.getUint16(body, isLittle), snapLength: view.getUint32(body + 4, isLittle), perSecond };
}

const cutOff = (name: string, number: number): string =>
  `${name}: cut off after frame ${number}, in the middle of a record; what is before it was read`;

const broken = (name: string, number: number, what: string): string =>
  `${name}: broken after frame ${number}, where ${what} would begin; what is before it was read`;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const bufferOf = (bytes: Uint8Array, start: number, length: number): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, length);
