import type { WriteStream } from "node:tty";

/** `tty`: somebody watches, and lines may be drawn again. */
export type Screen = { color: boolean; width: number; tty: boolean };

/**
 * Terminal facts, read in one place: NO_COLOR (no-color.org), FORCE_COLOR, width, whether anybody watches. A CI's log may look like a
 * terminal and is none: its jobs have CI=true.
 */
export function screenOf(stream: NodeJS.WriteStream | WriteStream): Screen {
  const isTerminal = Boolean(stream.isTTY);
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = process.env;
  const isPlain = TERM === "dumb";
  const color = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== "0" : isTerminal && !isPlain;
  const isCi = CI !== undefined && CI !== "" && CI !== "false" && CI !== "0";
  return { color, width: (isTerminal && stream.columns) || 100, tty: isTerminal && !isPlain && !isCi };
}
