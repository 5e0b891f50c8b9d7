import { describe, expect, it } from "vitest";
import { percentile, sorted } from "../../lab/statistics/statistics.ts";
import {
  aScenario,
  containerDied,
  exampleRun,
  labDown,
  labUp,
  routerProbed,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "../example-run.ts";
import { percentileOf } from "./percentile.ts";
import { shareDone, soFar, waitsFor } from "./progress-words.ts";
import { RunState } from "./run-state.ts";
import type { ScenarioPlan } from "./scenario-plan.ts";

const plan = (name: string, changes: Partial<ScenarioPlan> = {}): ScenarioPlan => ({
  name,
  kind: "sessions",
  planned: 80,
  loadMs: null,
  isAlone: false,
  expectsNone: false,
  expectedFailure: null,
  ...changes,
});

function stateOf(changes: Partial<ScenarioPlan> = {}) {
  const run = new RunState([plan("one", changes)]);
  const state = run.of("one");
  if (!state) throw new Error("no scenario");
  return { run, state };
}

describe("where a run stands", () => {
  it("says at every step what is awaited", () => {
    const { run, state } = stateOf();
    const { at } = runStarted("one");
    expect(waitsFor(state, at)).toBe("a free lab");
    run.add(scenarioStarted("one"));
    expect(waitsFor(state, at)).toBe("router carrier, router home, server turn to answer");
    run.add(routerProbed("one", "carrier", "cgnat"));
    expect(waitsFor(state, at)).toBe("router home, server turn to answer");
    run.add(labUp("one", {}));
    expect(waitsFor(state, at)).toBe("its next session");
    run.add(sessionStarted("one", 1));
    run.add(sessionStarted("one", 2));
    expect(waitsFor(state, sessionStarted("one", 1).at + 8_200)).toBe("2 sessions, the oldest for 8.2 s");
    for (const number of [1, 2]) run.add(sessionFinished("one", number));
    expect(soFar(state)).toBe("2/80 sessions, 2 connected, 0 failed");
    expect(shareDone(state, at)).toBe(2 / 80);
    for (const event of labDown("one", "turn")) run.add(event);
    expect(waitsFor(state, at)).toBe("evidence, and the lab to go down");
    run.add(scenarioFinished("one"));
    expect(waitsFor(state, at)).toBe("");
    expect(run.faults()).toEqual([]);
  });

  it("counts a timed load's seconds, and says that nobody knows how far one without end is", () => {
    const { run, state } = stateOf({ planned: null, loadMs: 30_000 });
    const up = labUp("one", {});
    for (const event of [scenarioStarted("one"), up]) run.add(event);
    expect(shareDone(state, up.at + 15_000)).toBe(0.5);
    expect(waitsFor(state, up.at + 18_000)).toBe("12.0 s of load");
    expect(waitsFor(stateOf({ isAlone: true }).state, 0)).toBe("all others to end: it runs alone");
  });

  it("has what failed, each kind once, and nothing that had to fail", () => {
    const { run } = stateOf();
    const whole = new RunState(
      exampleRun().flatMap((event) =>
        event.type === "run_started"
          ? event.scenarios.map((name) =>
              plan(name, name === "wrong-password" ? { expectsNone: true, expectedFailure: "turn_unauthorized" } : {}),
            )
          : [],
      ),
    );
    const firsts = exampleRun().flatMap((event) => whole.add(event));
    expect(whole.faults().map(({ scenario, code, count, session }) => [scenario, code, count, session])).toEqual(
      expect.arrayContaining([
        ["udp-blocked-office", "dropped: data_failed", 1, 5],
        ["udp-blocked-office", "turn_no_answer", 2, 7],
        ["udp-blocked-office", "wrong_path", 1, 6],
        ["two-carriers", "container died", 1, null],
        ["two-carriers", "errored", 1, null],
      ]),
    );
    expect(whole.faults().some(({ scenario }) => ["wrong-password", "mobile-to-home"].includes(scenario))).toBe(false);
    expect(firsts).toHaveLength(whole.faults().length);
    // What dies while a lab goes down was told to.
    for (const event of [scenarioStarted("one"), ...labDown("one", "turn")]) run.add(event);
    expect(run.faults()).toEqual([]);
    run.add(scenarioStarted("one", aScenario()));
    expect(run.add(containerDied("one", "turn"))).toHaveLength(1);
  });

  it("has the percentiles that the reports have", () => {
    const values = [401, 7, 93.5, 1200, 55, 401];
    for (const percent of [0, 50, 90, 95, 100])
      expect(percentileOf(values, percent)).toBeCloseTo(percentile(sorted(values), percent) ?? Number.NaN, 9);
    expect(percentileOf([], 95)).toBeNull();
  });
});
