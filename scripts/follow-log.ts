import { type FileHandle, open } from "node:fs/promises";

const CHUNK = 64 * 1024;
const NEWLINE = 0x0a;

/** One line of a log, and where the next one begins. */
export type LogLine = { text: string; nextOffset: number };

/**
 * A log's lines from `offset` on, as it grows, until `isOver` says that no more come. It reads only as fast as it is read, from the
 * file: who is slow keeps nobody else waiting, and takes no memory but a chunk. `grown` resolves when there may be more.
 */
export async function* followLog(
  file: string,
  offset: number,
  { isOver, grown }: { isOver: () => boolean; grown: () => Promise<void> },
): AsyncGenerator<LogLine[]> {
  await using handle = await open(file, "r");
  let from = offset;
  let rest: Buffer = Buffer.alloc(0);
  for (;;) {
    // Asked before the file is: what is written between the two is told of.
    const [wasOver, more] = [isOver(), grown()];
    const chunk = await read(handle, from);
    if (chunk.length === 0) {
      if (wasOver) return;
      await more;
      continue;
    }
    from += chunk.length;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const lines: LogLine[] = [];
    let begin = 0;
    const base = from - rest.length;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE, begin)) {
      lines.push({ text: rest.toString("utf8", begin, end), nextOffset: base + end + 1 });
      begin = end + 1;
    }
    rest = rest.subarray(begin);
    if (lines.length > 0) yield lines;
  }
}

async function read(handle: FileHandle, from: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  const { bytesRead } = await handle.read(buffer, 0, CHUNK, from);
  return buffer.subarray(0, bytesRead);
}
