import type { MetricsFormat } from "./exposition.ts";

/**
 * What a scraper's Accept asks for (RFC 9110 section 12.5.1): OpenMetrics where it is named and not liked less than plain text, as
 * Prometheus does; 0.0.4 for all others, a browser among them.
 */
export function formatFor(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? "").split(",").map((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const named = new Map(
      parameters.map((parameter) => {
        const [name = "", value = ""] = parameter.split("=");
        return [name, value.replaceAll('"', "")] as const;
      }),
    );
    return { type, version: named.get("version"), weight: Number(named.get("q") ?? 1) || 0 };
  });
  const weightOf = (is: (range: (typeof ranges)[number]) => boolean) =>
    Math.max(0, ...ranges.filter(is).map(({ weight }) => weight));
  // What is written is 1.0.0; who names no version takes any.
  const open = weightOf(
    ({ type, version }) => type === "application/openmetrics-text" && (version === undefined || version === "1.0.0"),
  );
  const plain = weightOf(
    ({ type, version }) => type === "text/plain" && (version === undefined || version === "0.0.4"),
  );
  return open > 0 && open >= plain ? "openmetrics" : "prometheus";
}
