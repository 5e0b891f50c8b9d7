/** What a Prometheus endpoint says at one time: by name, each summed over its labels. */
export type MetricValues = ReadonlyMap<string, number>;

/** A sample's line: name, labels or none, value; a timestamp may follow. A label's value may hold any character. */
const SAMPLE = /^\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(?:[^"}]|"(?:\\.|[^"\\])*")*\})?\s*(\S+)(?:\s+-?\d+)?\s*$/;
const TYPE = /^\s*#\s*TYPE\s+(\S+)\s+(\S+)\s*$/;
/** Of these the labels are no parts of a sum: `le`, `quantile`. */
const NOT_SUMS: readonly string[] = ["histogram", "summary"];

/**
 * Reads Prometheus' text format 0.0.4 (prometheus.io, "Exposition formats"): counters, gauges and what has no type. One
 * whose sum is no finite number is left out. @throws Error where a line is no line of the format
 */
export function readMetrics(text: string): MetricValues {
  const values = new Map<string, number>();
  const families = new Set<string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, family = "", type = ""] = TYPE.exec(line) ?? [];
    if (NOT_SUMS.includes(type)) families.add(family);
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name = "", written = ""] = SAMPLE.exec(line) ?? [];
    const value = readNumber(written);
    if (value === null) throw new Error(`line ${index + 1} is no line of Prometheus' text format`);
    if (families.has(name.replace(/_(bucket|sum|count)$/, "")) || families.has(name)) continue;
    values.set(name, (values.get(name) ?? 0) + value);
  }
  return new Map([...values].filter(([, value]) => Number.isFinite(value)));
}

/** As Go's strconv.ParseFloat reads what programs write. */
function readNumber(written: string): number | null {
  const [, sign, word] = /^([+-]?)(inf|infinity|nan)$/i.exec(written) ?? [];
  if (word !== undefined) return /^nan$/i.test(word) ? Number.NaN : Number(`${sign}Infinity`);
  const value = written === "" ? Number.NaN : Number(written);
  return Number.isNaN(value) ? null : value;
}

/** By how much each has changed. `before`: null where it all began at zero in between. */
export function changesBetween(before: MetricValues | null, after: MetricValues): Record<string, number> {
  return Object.fromEntries([...after].map(([name, value]) => [name, value - (before?.get(name) ?? 0)]));
}
