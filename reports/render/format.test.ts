import { describe, expect, it } from "vitest";
import type { MetricName } from "../../lab/model/metrics.ts";
import {
  formatCount,
  formatCpu,
  formatDuration,
  formatInterval,
  formatMebibytes,
  formatMegabits,
  formatMs,
  formatObserved,
  formatRatio,
  oneLine,
} from "./format.ts";

describe("numbers", () => {
  it("are never 0 when there are none", () => {
    const formats = [
      formatMs,
      formatRatio,
      formatInterval,
      formatCpu,
      formatMebibytes,
      formatMegabits,
      formatCount,
      formatDuration,
    ];
    expect(formats.map((format) => format(null))).toEqual(formats.map(() => "–"));
  });

  it.each([
    [850, "850 ms"],
    [41_234, "41.2 s"],
    [59_960, "1 min 0 s"],
    [192_000, "3 min 12 s"],
  ])("%d ms lasted %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it("rounds an interval outwards", () => {
    expect(formatInterval([0.9541, 0.9969])).toBe("95.4–99.7");
    expect(formatInterval([0.9541, 0.9969], 0)).toBe("95–100");
  });
});

describe("formatObserved", () => {
  const show = (metric: MetricName, expression: string, observed: number | null) =>
    formatObserved({ metric, expression, observed, verdict: "no_data" });

  it.each<[MetricName, string, number | null, string]>([
    ["connect_time", "p(95)<5000", null, "no data"],
    ["connect_time", "p(95)<5000", 476.3, "476 ms"],
    ["connect_time", "p(95)<5000", 4999.6, "4999.6 ms"],
    ["connect_time", "p(95)<5000", 5000.04, "5000 ms"],
    ["connect_time", "p(95)<=5000", 5000.04, "5000.04 ms"],
    ["session_success", "rate>0.95", 0.950001, "95.0001 %"],
    ["session_success", "rate>0.95", 0.95, "95 %"],
    ["dropped_sessions", "count<1", 0, "0"],
  ])("%s %s of %d reads %s: the reader comes to the same verdict", (metric, expression, observed, text) => {
    expect(show(metric, expression, observed)).toBe(text);
  });
});

describe("oneLine", () => {
  it("leaves only text", () => {
    expect(oneLine("\u001b[31mred\r\n\ttab\u009b2J \u202eback\u2028 größer –\u007f")).toBe(
      "[31mred tab 2J  back  größer –",
    );
  });
});
