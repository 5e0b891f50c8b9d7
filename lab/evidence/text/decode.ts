import { gunzipSync } from "node:zlib";
import { EvidenceError, type EvidenceFile } from "../reader.ts";

/** A text is held whole, and a JSON of it again: beyond this a machine with 4 GB would not do. */
export const MAX_TEXT_BYTES = 128 * 1024 * 1024;
const HEAD_BYTES = 64 * 1024;

/** The start of a file as text; null where it is none. Never throws. */
export function headOf({ bytes }: EvidenceFile, length = HEAD_BYTES): string | null {
  try {
    // A part of a gzip: what is whole of it.
    const plain = isGzip(bytes)
      ? gunzipSync(bytes.subarray(0, length), { finishFlush: 2, maxOutputLength: 64 * length })
      : bytes;
    return decode(plain.subarray(0, length));
  } catch {
    return null;
  }
}

/** @throws EvidenceError where it is too large, a damaged gzip, or no text. */
export function textOf({ name, bytes }: EvidenceFile): string {
  const plain = isGzip(bytes) ? unzipped(name, bytes) : bytes;
  if (plain.byteLength > MAX_TEXT_BYTES) throw tooLarge(name, `${Math.round(plain.byteLength / 2 ** 20)} MB`);
  const text = decode(plain);
  if (text === null) throw new EvidenceError(`${name}: expected text, found bytes of something else.`);
  return text;
}

/** UTF-8, UTF-16 with or without a byte order mark, and what is none of them as Windows-1252; null: binary. */
function decode(bytes: Uint8Array): string | null {
  const encoding = encodingOf(bytes);
  if (encoding === null) return null;
  return new TextDecoder(encoding).decode(bytes);
}

function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" | "windows-1252" | null {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  const head = bytes.subarray(0, 4096);
  const zeros = [0, 0];
  for (let index = 0; index < head.length; index++)
    if (head[index] === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // Of letters in UTF-16 every second byte is zero.
  if (odd > head.length / 4 && even < odd / 8) return "utf-16le";
  if (even > head.length / 4 && odd < even / 8) return "utf-16be";
  if (even + odd > 0) return null;
  return isUtf8(head) ? "utf-8" : "windows-1252";
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    // The last character may be cut.
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

const isGzip = (bytes: Uint8Array) => bytes[0] === 0x1f && bytes[1] === 0x8b;

function unzipped(name: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_TEXT_BYTES });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(name, `more than ${MAX_TEXT_BYTES / 2 ** 20} MB unpacked`);
    const why = error instanceof Error ? error.message : String(error);
    throw new EvidenceError(
      `${name}: expected a whole gzip, found a damaged or cut one (${why}). Unpack it as far as it goes ` +
        "(`gzip -dc FILE > PART`) and give that.",
    );
  }
}

const tooLarge = (name: string, found: string) =>
  new EvidenceError(
    `${name}: expected at most ${MAX_TEXT_BYTES / 2 ** 20} MB of text, found ${found}. Make the dump of one call: reload the ` +
      "page, call, and save it right after the call failed; of a log cut out the minutes of the call (`sed -n FROM,TOp`).",
  );

/** The same without gzip, for readers that take bytes. @throws EvidenceError where it is damaged or too large. */
export const asPlainFile = (file: EvidenceFile): EvidenceFile =>
  isGzip(file.bytes) ? { ...file, bytes: unzipped(file.name, file.bytes) } : file;
