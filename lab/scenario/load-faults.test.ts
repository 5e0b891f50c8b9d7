import { describe, expect, it } from "vitest";
import type { Load } from "../model/load.ts";
import { loadFaults } from "./load-faults.ts";
import { structureFaults } from "./structure-faults.ts";

const faultsOf = (load: unknown) => [
  ...structureFaults({ load }).filter(({ place }) => place.startsWith("load")),
  ...loadFaults({ load }),
];

const LEGAL: Load[] = [
  { executor: "per-vu-iterations", vus: 2, iterations: 3, maxDuration: "1m30s", gracefulStop: "0s" },
  { executor: "shared-iterations", vus: 2, iterations: 3 },
  { executor: "constant-vus", vus: 2, duration: "90s", gracefulStop: "5s" },
  { executor: "ramping-vus", startVUs: 0, stages: [{ duration: "10s", target: 5 }], gracefulRampDown: "1s" },
  { executor: "constant-arrival-rate", rate: 50, duration: "20s", preAllocatedVUs: 10, maxVUs: 1_000 },
  {
    executor: "ramping-arrival-rate",
    startRate: 1,
    timeUnit: "1m",
    stages: [{ duration: "0s", target: 9 }],
    preAllocatedVUs: 5,
  },
  { executor: "constant-arrival-rate", rate: 1, duration: "5s", preAllocatedVUs: 0, maxVUs: 3, tags: { kind: "a" } },
];

describe("a load", () => {
  it.each(LEGAL)("may be $executor", (load) => {
    expect(faultsOf(load)).toEqual([]);
  });

  it.each([
    [
      "what its executor needs",
      { executor: "constant-vus", vus: 2 },
      "load.duration",
      "duration: constant-vus needs it",
    ],
    [
      "nothing of another executor's",
      { executor: "constant-arrival-rate", rate: 5, duration: "1s", preAllocatedVUs: 1, vus: 3 },
      "load.vus",
      "one of executor, gracefulStop, tags, rate, duration, preAllocatedVUs, timeUnit, maxVUs, which constant-arrival-rate has",
    ],
    [
      "durations as k6 has them",
      { executor: "constant-vus", vus: 2, duration: "90" },
      "load.duration",
      "a duration as k6 has it",
    ],
    [
      "no negative one",
      { executor: "constant-vus", vus: 2, duration: "-5s" },
      "load.duration",
      "a duration as k6 has it",
    ],
    [
      "one of more than nothing",
      { executor: "constant-vus", vus: 2, duration: "0s" },
      "load.duration",
      "more than nothing",
    ],
    ["one of at most a day", { executor: "constant-vus", vus: 2, duration: "25h" }, "load.duration", "at most a day"],
    [
      "such stages too",
      { executor: "ramping-vus", stages: [{ duration: "soon", target: 5 }] },
      "load.stages[0].duration",
      "a duration as k6 has it",
    ],
    [
      "stages with some load",
      { executor: "ramping-arrival-rate", stages: [{ duration: "5s", target: 0 }], preAllocatedVUs: 5 },
      "load.stages",
      "a target above 0",
    ],
    [
      "some VU at all",
      { executor: "constant-arrival-rate", rate: 5, duration: "1s", preAllocatedVUs: 0 },
      "load.preAllocatedVUs",
      "or maxVUs beside it",
    ],
    [
      "as many VUs as it allocates before",
      { executor: "constant-arrival-rate", rate: 5, duration: "1s", preAllocatedVUs: 10, maxVUs: 9 },
      "load.maxVUs",
      "at least the 10 of preAllocatedVUs",
    ],
  ])("has %s", (_, load, place, expected) => {
    const faults = faultsOf(load);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.place).toBe(place);
    expect(faults[0]?.expected).toContain(expected);
  });
});
