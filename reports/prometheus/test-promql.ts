import { parser } from "@prometheus-io/lezer-promql";
import { FAMILIES, type FamilyName, sampleNames } from "../openmetrics/families.ts";

/** One series that a query looks at: its name, and the labels that it asks for. */
type Selector = { metric: string; labels: string[] };

/** Prometheus' own grammar. Grafana's `$__rate_interval` stands where it wants a duration. @throws where it is no PromQL */
export function selectorsOf(query: string): { selectors: Selector[]; grouping: string[] } {
  const text = query.replaceAll("$__rate_interval", "1m");
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter: ({ type, name, from, to, node }) => {
      const own = text.slice(from, to);
      if (type.isError) throw new Error(`no PromQL at ${from}: ${text}`);
      if (name === "VectorSelector") selectors.push({ metric: /^[\w:]*/.exec(own)?.[0] ?? "", labels: [] });
      if (name !== "LabelName") return;
      if (node.parent?.name === "GroupingLabels") grouping.push(own);
      else selectors.at(-1)?.labels.push(own);
    },
  });
  return { selectors, grouping };
}

/** What a scrape, a push and Prometheus itself put beside a family's own. */
const BESIDE = ["job", "instance", "run", "le"];

/** What a query asks for that no run exports. `recorded`: rules, with the labels that they leave. */
export function unknownIn(query: string, recorded: readonly string[]): string[] {
  const { selectors, grouping } = selectorsOf(query);
  const labelsOf = new Map<string, readonly string[]>(
    (Object.keys(FAMILIES) as FamilyName[]).flatMap((name) =>
      sampleNames(name).map((sample) => [sample, FAMILIES[name].labels] as const),
    ),
  );
  const known = new Set(selectors.flatMap(({ metric }) => labelsOf.get(metric) ?? ["scenario"]).concat(BESIDE));
  return [
    ...selectors.flatMap(({ metric, labels }) => {
      const own = labelsOf.get(metric) ?? (recorded.includes(metric) ? ["scenario", "transport"] : undefined);
      if (!own) return [metric];
      return labels.filter((one) => !own.includes(one) && !BESIDE.includes(one)).map((one) => `${metric}{${one}}`);
    }),
    ...grouping.filter((one) => !known.has(one)),
  ];
}
