import type { Frame } from "./capture/capture-file.ts";

/** For tests: the frames of one capture written in another format. */

export type PcapForm = { isLittle: boolean; perSecond: 1e6 | 1e9; linkType: number };

/** Seconds, and the rest in parts of `perSecond`. */
const split = (atS: number, perSecond: number): [number, number] => [
  Math.floor(atS),
  Math.round((atS - Math.floor(atS)) * perSecond),
];

export function pcapOf(frames: readonly Frame[], { isLittle, perSecond, linkType }: PcapForm): Buffer {
  const words = wordsIn(isLittle);
  const header = Buffer.concat([
    words(perSecond === 1e6 ? 0xa1b2c3d4 : 0xa1b23c4d),
    isLittle ? Buffer.from([2, 0, 4, 0]) : Buffer.from([0, 2, 0, 4]),
    words(0, 0, 262_144, linkType),
  ]);
  const records = frames.flatMap(({ atS, bytes, wireBytes }) => [
    words(...split(atS, perSecond), bytes.length, wireBytes),
    bytes,
  ]);
  return Buffer.concat([header, ...records]);
}

/** One section, one interface; times in µs, or in the resolution that `tsresol` says. */
export function pcapngOf(
  frames: readonly Frame[],
  { isLittle, linkType, tsresol }: { isLittle: boolean; linkType: number; tsresol?: number },
): Buffer {
  const words = wordsIn(isLittle);
  const shorts = (a: number, b: number) => words(isLittle ? a + b * 2 ** 16 : a * 2 ** 16 + b);
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    return Buffer.concat([words(type, padded.length + 12), padded, words(padded.length + 12)]);
  };
  const option = tsresol === undefined ? [] : [shorts(9, 1), Buffer.from([tsresol, 0, 0, 0]), words(0)];
  const perSecond = tsresol === undefined ? 1e6 : 10 ** tsresol;
  return Buffer.concat([
    block(0x0a0d0d0a, Buffer.concat([words(0x1a2b3c4d), shorts(1, 0), words(0xffffffff, 0xffffffff)])),
    block(1, Buffer.concat([shorts(linkType, 0), words(0), ...option])),
    // A name resolution block: what is not frames is passed over.
    block(4, words(0)),
    ...frames.map(({ atS, bytes, wireBytes }) => {
      const time = BigInt(Math.round(atS * 1e6)) * BigInt(perSecond / 1e6);
      const halves = [Number(time >> 32n), Number(time & 0xffffffffn)] as const;
      return block(6, Buffer.concat([words(0, ...halves, bytes.length, wireBytes), bytes]));
    }),
  ]);
}

function wordsIn(isLittle: boolean) {
  return (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    for (const [index, value] of values.entries()) {
      if (isLittle) bytes.writeUInt32LE(value, index * 4);
      else bytes.writeUInt32BE(value, index * 4);
    }
    return bytes;
  };
}
