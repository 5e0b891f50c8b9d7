/** How much is decoded at a time: a log of hundreds of MB has no place in one string. */
const CHUNK_BYTES = 4 * 1024 * 1024;
/** A line without an end is cut into pieces of this. */
const MAX_PIECE = 1024 * 1024;

/** The lines of a text, decoded as they are asked for. What is no character of the encoding becomes U+FFFD. */
export function* linesOf(bytes: Uint8Array): Generator<string> {
  const decoder = new TextDecoder(encodingOf(bytes));
  let rest = "";
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const isLast = at + CHUNK_BYTES >= bytes.length;
    const text = rest + decoder.decode(bytes.subarray(at, at + CHUNK_BYTES), { stream: !isLast });
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      yield text.slice(start, end);
      start = end + 1;
    }
    rest = text.slice(start);
    if (rest.length > MAX_PIECE) {
      yield rest;
      rest = "";
    }
  }
  if (rest !== "") yield rest;
}

/** PowerShell's `>` writes UTF-16 with a byte order mark, other programs of Windows without. */
function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a !== 0 && b === 0)) return "utf-16le";
  return (a === 0xfe && b === 0xff) || (a === 0 && b !== 0) ? "utf-16be" : "utf-8";
}
