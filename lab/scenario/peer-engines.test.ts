import { describe, expect, it } from "vitest";
import { type GridScenario, peersOf } from "../model/grid.ts";
import type { Scenario } from "../model/scenario.ts";
import { readEngines, withEngines } from "./peer-engines.ts";

const scenario: Scenario = {
  description: "Two peers.",
  topology: {},
  peers: {
    offerer: { behind: "internet", iceServers: [], engine: "firefox" },
    answerer: { behind: "internet", iceServers: [] },
  },
  load: { executor: "per-vu-iterations", vus: 1, iterations: 1 },
};

const grid = (...calls: [offerer: string, answerer: string][]): GridScenario => ({
  description: "Some calls.",
  topology: {},
  peers: Object.fromEntries(["a", "b", "c", "idle"].map((name) => [name, { behind: "internet", iceServers: [] }])),
  cells: calls.map(([offerer, answerer]) => ({ table: "t", row: offerer, column: answerer, offerer, answerer })),
  concurrency: 1,
});

const enginesIn = (result: ReturnType<typeof withEngines>) =>
  "scenario" in result
    ? Object.entries(peersOf(result.scenario)).map(([name, { engine }]) => [name, engine])
    : result.faults;

describe("--peers", () => {
  it("is one engine for all, or that of callers and that of the called", () => {
    expect(readEngines("chromium")).toEqual({ engines: { offerer: "chromium", answerer: "chromium" } });
    expect(readEngines("werift, firefox")).toEqual({ engines: { offerer: "werift", answerer: "firefox" } });
  });

  it("tells every word that is no engine, and what was probably meant", () => {
    const engines = "an engine (werift, chromium, firefox)";
    expect(readEngines("chrome,fierfox")).toEqual({
      faults: [
        { place: "--peers", expected: engines, found: '"chrome"', hint: 'Did you mean "chromium"?' },
        { place: "--peers", expected: engines, found: '"fierfox"', hint: 'Did you mean "firefox"?' },
      ],
    });
    expect(readEngines("firefox,")).toEqual({ faults: [{ place: "--peers", expected: engines, found: '""' }] });
    expect(readEngines("werift,werift,werift")).toMatchObject({ faults: [{ found: "3 of them" }] });
  });

  it("replaces the engines that a scenario has", () => {
    const chosen = { offerer: "chromium", answerer: "werift" } as const;
    expect(enginesIn(withEngines(scenario, chosen))).toEqual([
      ["offerer", "chromium"],
      ["answerer", "werift"],
    ]);
    expect(scenario.peers.offerer.engine).toBe("firefox");
  });

  it("is not for a grid that is there for its own engine, to be held against others", () => {
    const chosen = { offerer: "chromium", answerer: "chromium" } as const;
    const compared = { ...grid(["a", "b"]), comparedAs: "grid" };
    expect(enginesIn(withEngines(compared, chosen))).toContainEqual(["a", "chromium"]);
    const fixed = {
      ...compared,
      peers: { ...compared.peers, a: { behind: "internet", iceServers: [], engine: "firefox" } },
    };
    expect(withEngines(fixed as GridScenario, chosen)).toMatchObject({
      faults: [{ hint: expect.stringContaining('"grid"') }],
    });
  });

  it("goes to a grid's peers by whether they call or are called", () => {
    const mixed = { offerer: "chromium", answerer: "firefox" } as const;
    expect(enginesIn(withEngines(grid(["a", "b"], ["a", "c"]), mixed))).toEqual([
      ["a", "chromium"],
      ["b", "firefox"],
      ["c", "firefox"],
      ["idle", undefined],
    ]);
    expect(withEngines(grid(["a", "b"], ["b", "c"]), mixed)).toEqual({
      faults: [
        {
          place: "--peers chromium,firefox",
          expected: "a grid whose peers either call or are called",
          found: "b, which does both",
          hint: "Give all peers one engine: --peers chromium",
        },
      ],
    });
    const alike = { offerer: "firefox", answerer: "firefox" } as const;
    expect(enginesIn(withEngines(grid(["a", "b"], ["b", "a"]), alike))).toContainEqual(["b", "firefox"]);
  });
});
