import { FAMILIES, type Family, type FamilyName } from "./families.ts";
import type { Counted, Sample, Series } from "./series.ts";

/**
 * `openmetrics`: OpenMetrics 1.0 (prometheus/OpenMetrics, specification/OpenMetrics.md). `prometheus`: the text format 0.0.4
 * (prometheus.io, "Exposition formats"), which is what node_exporter's textfile collector and a Pushgateway read.
 */
export type MetricsFormat = "openmetrics" | "prometheus";

export const CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

/** All families that have a series, in the order of FAMILIES, without timestamps: whoever reads knows when. */
export function exposition(series: Series, format: MetricsFormat): string {
  const families = (Object.keys(FAMILIES) as FamilyName[]).map((name) => familyText(name, series, format));
  return `${families.join("")}${format === "openmetrics" ? "# EOF\n" : ""}`;
}

function familyText(name: FamilyName, series: Series, format: MetricsFormat): string {
  const { type, unit, help }: Family = FAMILIES[name];
  const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
  const lines =
    type === "histogram"
      ? series.histograms(name).flatMap((sample) => histogramLines(name, sample))
      : series.values(name).map(({ labels, value }) => line(`${name}${suffix}`, labels, value));
  if (lines.length === 0) return "";
  const isOpen = format === "openmetrics";
  // The older format knows neither info nor unit, and names a counter's family as its samples.
  const family = isOpen ? name : `${name}${suffix}`;
  const meta = [
    `# HELP ${family} ${help}`,
    `# TYPE ${family} ${!isOpen && type === "info" ? "gauge" : type}`,
    ...(isOpen && unit !== undefined ? [`# UNIT ${family} ${unit}`] : []),
  ];
  return [...meta, ...lines].map((text) => `${text}\n`).join("");
}

function histogramLines(name: FamilyName, { labels, value: { counts, sum } }: Sample<Counted>): string[] {
  const { buckets = [] }: Family = FAMILIES[name];
  let total = 0;
  const lines = counts.map((count, index) => {
    total += count;
    const bound = buckets[index];
    return line(`${name}_bucket`, { ...labels, le: bound === undefined ? "+Inf" : asFloat(bound) }, total);
  });
  return [...lines, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, total)];
}

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  // 15 digits are what a double holds for certain: 0.1 + 0.2 is 0.3.
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${Number(value.toPrecision(15))}`;
}

/** Bounds are floats in OpenMetrics, `5.0`; the same in both formats, so that a bucket has one name. */
const asFloat = (bound: number) => (Number.isInteger(bound) ? bound.toFixed(1) : String(bound));

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };
const escaped = (text: string) => text.replaceAll(/[\\\n"]/g, (character) => ESCAPES[character] ?? character);
