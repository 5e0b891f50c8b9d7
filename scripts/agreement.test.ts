import { describe, expect, it } from "vitest";
import { PEER_ENGINES } from "../lab/model/engine.ts";
import { matchesCell } from "../lab/model/engine-difference.ts";
import { type GridScenario, isGrid } from "../lab/model/grid.ts";
import { planGrid } from "../lab/run-grid.ts";
import { selectScenarios } from "./select.ts";

const grids = (await selectScenarios(["agreement"])).flatMap(({ name, scenario }) =>
  isGrid(scenario) ? [{ name, scenario }] : [],
);
const withoutEngines = ({ tags: _, peers, ...grid }: GridScenario) => ({
  ...grid,
  peers: Object.entries(peers).map(([name, { engine: _engine, ...peer }]) => [name, peer]),
});

describe("./turnlab run agreement", () => {
  it("runs the NAT grid and the transport grid once with each engine, and the same cells each time", () => {
    const runs = Map.groupBy(grids, ({ scenario }) => scenario.comparedAs);
    expect([...runs.keys()]).toEqual(["nat-grid", "transport-grid"]);
    for (const own of runs.values()) {
      const engines = own.map(({ scenario }) => new Set(Object.values(scenario.peers).map(({ engine }) => engine)));
      expect(engines.map((used) => [...used].map((engine) => engine ?? "werift")).toSorted()).toEqual(
        PEER_ENGINES.map((engine) => [engine]).toSorted(),
      );
      const [first, ...others] = own.map(({ scenario }) => withoutEngines(scenario));
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it.each(grids)("explains in $name only what is otherwise than computed, each with its cause", ({ scenario }) => {
    const planned = planGrid(scenario);
    for (const difference of scenario.differences ?? []) {
      const cells = planned.filter(({ place, expected }) => matchesCell(difference, { ...place, expected }));
      expect(cells).not.toEqual([]);
      expect(cells.filter(({ expected }) => expected === difference.comesTo)).toEqual([]);
      expect(difference.why).toMatch(/^[A-Z].*\.$/);
    }
  });
});
