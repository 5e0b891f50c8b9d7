import type { WriteStream } from "node:tty";

export type Screen = { color: boolean; width: number; tty: boolean };

/** Terminal facts, read in one place: NO_COLOR (no-color.org), FORCE_COLOR, width, whether anybody watches. */
export function screenOf(stream: NodeJS.WriteStream | WriteStream): Screen {
  const tty = Boolean(stream.isTTY);
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const color = NO_COLOR ? false : FORCE_COLOR ? FORCE_COLOR !== "0" : tty && TERM !== "dumb";
  return { color, width: (tty && stream.columns) || 100, tty };
}
