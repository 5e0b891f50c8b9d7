/** Something that a turnserver.conf has wrong. No finding ever holds a secret of the file. */
export type Finding = {
  /** Stable, in kebab-case; `check` tells the finding under it (`check/read-rules.ts`). */
  rule: string;
  /** `fault`: nothing is started. `warning`: it runs, and the report says so. */
  severity: "fault" | "warning";
  /** From 1 on; null where it is the whole file. */
  line: number | null;
  expected: string;
  found: string;
  /** What to try, or what comes of it. */
  hint?: string;
  /** The line that mends it, where there is one. */
  fix?: string;
};

/** Anything in a message that may come from the file is cut to this. */
const MAX_SHOWN = 60;

/** A value as a message may show it; keys whose values are secrets never come here. */
export function shown(value: string): string {
  return value.length <= MAX_SHOWN ? `"${value}"` : `"${value.slice(0, MAX_SHOWN - 1)}…"`;
}
