import { describe, expect, it } from "vitest";
import { fitNonNegative } from "./least-squares.ts";
import { roughlyNormal, seededRandom } from "./test-random.ts";

const ROWS = Array.from({ length: 12 }, (_, index) => index + 1);

describe("fitNonNegative", () => {
  it("finds what a quantity is made of", () => {
    const columns = { one: ROWS.map(() => 1), x: ROWS, square: ROWS.map((x) => x * x * 1e6) };
    const fit = fitNonNegative(
      columns,
      ROWS.map((x) => 3 + 2 * x + 0.5 * x * x),
    );
    expect(fit?.coefficients.one).toBeCloseTo(3);
    expect(fit?.coefficients.x).toBeCloseTo(2);
    expect((fit?.coefficients.square ?? 0) * 1e6).toBeCloseTo(0.5);
    expect(fit?.r2).toBeCloseTo(1);
    expect(fit?.rms).toBeCloseTo(0);
    expect(fit?.notTold).toEqual([]);
  });

  it("has nothing below zero", () => {
    const fit = fitNonNegative(
      { one: ROWS.map(() => 1), x: ROWS },
      ROWS.map((x) => 20 - x),
    );
    expect(fit?.coefficients.x).toBe(0);
    expect(fit?.coefficients.one).toBeCloseTo(13.5);
    expect(fit?.intervals.x?.[0]).toBe(0);
  });

  it("says what it cannot tell apart, and from what", () => {
    const fit = fitNonNegative({ x: ROWS, one: ROWS.map(() => 1), twice: ROWS.map((x) => 2 * x) }, ROWS);
    expect(fit?.notTold).toEqual([{ column: "twice", with: ["x"] }]);
    expect(fit?.coefficients).toEqual({ x: expect.closeTo(1), one: expect.closeTo(0) });
  });

  it("leaves out a column of nothing, and what there are too few samples for", () => {
    expect(fitNonNegative({ x: [1, 2], none: [0, 0] }, [2, 4])?.coefficients).toEqual({ x: expect.closeTo(2) });
    expect(fitNonNegative({ x: [1], one: [1] }, [2])?.notTold).toEqual([{ column: "one", with: ["x"] }]);
    expect(fitNonNegative({ x: [] }, [])).toBeNull();
    expect(fitNonNegative({ x: [0, 0] }, [1, 2])).toBeNull();
  });

  it("has no interval where no sample is left over, and one that holds as often as it says where some are", () => {
    expect(fitNonNegative({ one: [1, 1], x: [1, 2] }, [1, 2])?.intervals.x).toBeNull();
    let held = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = seededRandom(seed);
      const y = ROWS.map((x) => 5 + 3 * x + roughlyNormal(random));
      const [low = 0, high = 0] = fitNonNegative({ one: ROWS.map(() => 1), x: ROWS }, y)?.intervals.x ?? [];
      if (low <= 3 && 3 <= high) held += 1;
    }
    expect(held / 400).toBeGreaterThan(0.92);
    expect(held / 400).toBeLessThan(0.98);
  });
});
