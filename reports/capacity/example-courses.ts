import type { CapacityCourse, CapacityReport } from "../../lab/model/capacity-report.ts";

/** For tests: a report's searches as if their loads had been held in the order of the curve. */
export function coursesOf({ curve, others }: CapacityReport): CapacityCourse[] {
  let at = 0;
  return [{ name: "the question", curve }, ...others].map(({ name, curve: points }) => ({
    name,
    steps: points.map((point) => {
      const fromS = at + (point.arrival?.durationMs ?? 0) / 1000;
      at = fromS + point.durationMs / 1000;
      return { fromS, toS: at, point };
    }),
  }));
}
