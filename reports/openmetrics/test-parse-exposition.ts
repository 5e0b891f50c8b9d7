import type { MetricsFormat } from "./exposition.ts";

export type ParsedFamily = {
  type: string;
  unit: string | null;
  help: string | null;
  samples: { name: string; labels: Record<string, string>; value: number }[];
};

const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;
/** OpenMetrics 1.0, "Suffixes": which names the samples of a family may have. */
const SUFFIXES: Readonly<Record<MetricsFormat, Readonly<Record<string, readonly string[]>>>> = {
  openmetrics: {
    counter: ["_total"],
    gauge: [""],
    info: ["_info"],
    histogram: ["_bucket", "_sum", "_count"],
  },
  prometheus: { counter: [""], gauge: [""], histogram: ["_bucket", "_sum", "_count"] },
};

/** Reads an exposition as strictly as its specification is written. @throws where it breaks a MUST of it */
export function parseExposition(text: string, format: MetricsFormat): Map<string, ParsedFamily> {
  const families = new Map<string, ParsedFamily>();
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("the last line has no end");
  if (format === "openmetrics" && lines.pop() !== "# EOF") throw new Error("no # EOF at the end");
  let family: ParsedFamily | null = null;
  let current = "";
  const seen = new Set<string>();
  for (const line of lines) {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
    if (word !== undefined) {
      if (name !== current) {
        if (families.has(name)) throw new Error(`${name} is told in two places`);
        family = { type: "", unit: null, help: null, samples: [] };
        families.set(name, family);
        current = name;
      }
      if (!family || family.samples.length > 0) throw new Error(`what ${name} is stands behind its samples`);
      if (word === "HELP") family.help = rest;
      else if (word === "TYPE") family.type = rest;
      else family.unit = rest;
      continue;
    }
    const [, sample = "", written = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (!family || sample === "") throw new Error(`no line of ${format}: ${line}`);
    if (!SUFFIXES[format][family.type]?.some((suffix) => sample === current + suffix))
      throw new Error(`${sample} is none of ${current}, a ${family.type}`);
    if (seen.has(line.slice(0, line.lastIndexOf(" ")))) throw new Error(`twice: ${line}`);
    seen.add(line.slice(0, line.lastIndexOf(" ")));
    if (family.unit !== null && !current.endsWith(`_${family.unit}`)) throw new Error(`${current} hides its unit`);
    const labels = Object.fromEntries([...written.matchAll(LABEL)].map(([, label, text]) => [label, text]));
    family.samples.push({ name: sample, labels: labels as Record<string, string>, value: Number(value) });
  }
  return families;
}
