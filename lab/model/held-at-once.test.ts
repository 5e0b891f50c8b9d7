import { describe, expect, it } from "vitest";
import { arrivalsWithin, heldAtOnce } from "./held-at-once.ts";
import type { Load } from "./load.ts";

const arriving: Load = { executor: "constant-arrival-rate", rate: 10, duration: "10s", preAllocatedVUs: 1_000 };
const ramping: Load = {
  executor: "ramping-arrival-rate",
  startRate: 0,
  stages: [
    { duration: "10s", target: 100 },
    { duration: "10s", target: 0 },
  ],
  preAllocatedVUs: 10_000,
};

describe("how many are held at once", () => {
  it.each<[string, Load, number, number]>([
    ["each VU one", { executor: "per-vu-iterations", vus: 7, iterations: 9 }, 500, 7],
    ["no more than there are iterations", { executor: "shared-iterations", vus: 7, iterations: 7 }, 500, 7],
    ["the highest stage", { executor: "ramping-vus", stages: [{ duration: "1s", target: 30 }] }, 500, 30],
    ["arrivals while one lasts", arriving, 3_000, 30],
    ["all that arrive, of those that last longer than the load", arriving, 60_000, 100],
    ["no more than VUs", { ...arriving, preAllocatedVUs: 20 }, 3_000, 20],
    // The second around the peak: twice (100 + 95) / 2 for half a second.
    ["the peak of a ramp", ramping, 1_000, 98],
  ])("is %s", (_what, load, lastsMs, most) => {
    expect(heldAtOnce(load, lastsMs)).toBe(most);
  });

  it("is more within a time in which some come after others", () => {
    expect(arrivalsWithin({ executor: "constant-vus", vus: 10, duration: "60s" }, 30_000, 1_000)).toBe(310);
    expect(arrivalsWithin({ executor: "per-vu-iterations", vus: 10, iterations: 3 }, 30_000, 1_000)).toBe(30);
    expect(arrivalsWithin(arriving, 5_000, 100)).toBe(50);
  });
});
