/**
 * What a page shows of an output, held against an output. A line `…` in a page stands for lines that it leaves out; what stands
 * between two of them is a piece, and is the output's own, line by line.
 */

/** A line of a page that stands for others. */
const LEFT_OUT = "…";

/**
 * What two runs of one command print alike: run ids, dates, hashes, durations and numbers give way to a letter, since they
 * are each run's own; columns may be wider or narrower with them.
 */
export const masked = (line: string): string =>
  line
    .replace(/\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[0-9a-f]{4}/g, "RUN")
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+Z)?/g, "DATE")
    .replace(/\b(sha256:)?[0-9a-f]{12,}\b/g, "HASH")
    .replace(/\bturnlab-docs-\w{6}\b/g, "FOLDER")
    .replace(/[+−-]?\d+([.,]\d+)*/g, "N")
    .replace(/N (ms|s|min|h)( N (ms|s|min))*\b/g, "TIME")
    .replace(/\s+/g, " ")
    .trimEnd();

export const asItIs = (line: string): string => line.trimEnd();

type Alike = (line: string) => string;

const pieces = (shown: string): string[][] =>
  `${shown.replace(/\n+$/, "")}\n`
    .split(new RegExp(`^${LEFT_OUT}\n`, "m"))
    .map((piece) => piece.replace(/\n$/, "").split("\n"))
    .filter((lines) => lines.length > 1 || lines[0] !== "");

const lines = (output: string): string[] => output.replace(/\n+$/, "").split("\n");

const begins = (shown: string) => !shown.startsWith(`${LEFT_OUT}\n`);
const ends = (shown: string) => !shown.trimEnd().endsWith(`\n${LEFT_OUT}`);

/** The first piece that is nowhere in the output behind the one before it; null when the page shows what came. */
export function missingPiece(shown: string, output: string, alike: Alike): string | null {
  const came = lines(output).map(alike);
  const parts = pieces(shown);
  let from = 0;
  for (const [index, piece] of parts.entries()) {
    const wanted = piece.map(alike);
    const at = came.findIndex((_, start) => start >= from && wanted.every((line, n) => line === came[start + n]));
    const outOfPlace =
      (index === 0 && begins(shown) && at !== 0) ||
      (index === parts.length - 1 && ends(shown) && at + wanted.length !== came.length);
    if (at === -1 || outOfPlace) return piece.join("\n");
    from = at + wanted.length;
  }
  return null;
}

/**
 * The page's text made anew out of an output: each piece from the line that looks like its first to the line that looks like
 * its last. A page that shows nothing yet gets all of it.
 *
 * @throws Error naming the line that the output does not have any more: what to show is then for a person to say
 */
export function shownAnew(shown: string, output: string): string {
  const came = lines(output);
  if (shown.trim() === "") return `${came.join("\n")}\n`;
  const parts = pieces(shown);
  let from = 0;
  const anew = parts.map((piece, index) => {
    const find = (wanted: readonly string[], start: number) => {
      const at = came.findIndex(
        (_, n) => n >= start && wanted.every((line, k) => masked(came[n + k] ?? "") === masked(line)),
      );
      if (at === -1) throw new Error(`the output has no line like this any more: ${wanted.join("\n")}`);
      return at;
    };
    // A piece that begins with an empty line is told by what comes after it.
    const head = piece.slice(0, piece.findIndex((line) => line.trim() !== "") + 1);
    const first = index === 0 && begins(shown) ? 0 : find(head, from);
    const last =
      index === parts.length - 1 && ends(shown)
        ? came.length - 1
        : piece.length === 1
          ? first
          : find(piece.slice(-1), first + 1);
    from = last + 1;
    return came.slice(first, last + 1).join("\n");
  });
  const body = anew.join(`\n${LEFT_OUT}\n`);
  return `${begins(shown) ? "" : `${LEFT_OUT}\n`}${body}\n${ends(shown) ? "" : `${LEFT_OUT}\n`}`;
}
