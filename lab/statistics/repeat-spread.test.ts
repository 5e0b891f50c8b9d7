import { describe, expect, it } from "vitest";
import { leastShown, repeatSpread } from "./repeat-spread.ts";
import { roughlyNormal, seededRandom } from "./test-random.ts";

describe("what repeated runs differ by", () => {
  it("is not known of single ones", () => {
    expect(repeatSpread([[1], [2], []])).toBeNull();
    expect(repeatSpread([])).toBeNull();
  });

  it("goes by Student's t of the spread within groups, not between them", () => {
    // Two pairs, 2 apart each: variance 2 with 2 degrees of freedom, t 4.302653.
    expect(
      repeatSpread([
        [10, 12],
        [500, 502],
      ]),
    ).toBeCloseTo(4.302653 * Math.sqrt(2 * 2), 4);
  });

  it.each([[[2]], [[2, 2]], [[5, 3]]])(
    "in groups of %j it covers the difference of two others as often as it says",
    (sizes) => {
      const random = seededRandom(9);
      const plays = 3_000;
      let held = 0;
      for (let play = 0; play < plays; play += 1) {
        const groups = sizes.map((size) => Array.from({ length: size }, () => roughlyNormal(random)));
        const apart = Math.abs(roughlyNormal(random) - roughlyNormal(random));
        if (apart <= (repeatSpread(groups) ?? 0)) held += 1;
      }
      expect(held / plays).toBeGreaterThan(0.935);
      expect(held / plays).toBeLessThan(0.965);
    },
  );
});

describe("the least difference that would have been shown", () => {
  it("is shown in four of five comparisons", () => {
    const random = seededRandom(10);
    const error = 1;
    const interval = [-1.959964 * error, 1.959964 * error] as const;
    const shown = Array.from({ length: 4_000 }, () => leastShown(interval) + error * roughlyNormal(random)).filter(
      (difference) => difference > interval[1],
    );
    expect(shown.length / 4_000).toBeCloseTo(0.8, 1);
  });
});
