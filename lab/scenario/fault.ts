/** One thing that is wrong with a scenario, in the words of the one who wrote it. */
export type Fault = {
  /** Where: `peers.offerer.behind`; for a file that does not load, its line. */
  place: string;
  expected: string;
  found: string;
  /** What to try. */
  hint?: string;
};

/** All faults of a file in one message: each with its place, what was expected and what was found. */
export function formatFaults(file: string, faults: readonly Fault[]): string {
  const blocks = faults.map(({ place, expected, found, hint }) =>
    [
      `  ${place}`,
      `    expected  ${expected}`,
      `    found     ${found}`,
      ...(hint === undefined ? [] : [`    hint      ${hint}`]),
    ].join("\n"),
  );
  return [`${file}: ${faults.length} fault${faults.length === 1 ? "" : "s"}`, ...blocks].join("\n\n");
}

/** A value as it would stand in a scenario file, shortened. */
export function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "function") return "a function";
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "symbol") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value) ?? String(value);
  } catch {
    text = Object.prototype.toString.call(value);
  }
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
