import { afterEach, describe, expect, it, vi } from "vitest";
import type { AnyScenario, CellOutcome, CellPlace } from "../lab/model/grid.ts";
import { aGrid, GRID, gridRun } from "../reports/example-grid.ts";
import {
  aScenario,
  failedSession,
  labUp,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "../reports/example-run.ts";
import { Progress } from "./progress.ts";

function watch(name: string, scenario: AnyScenario, tty = false): { progress: Progress; said: () => string } {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const screen = { color: false, width: 80, tty };
  return { progress: new Progress(screen, [{ name, scenario }]), said: () => text };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /;
const withoutTimes = (text: string) => text.replace(/^\S+ /gm, "");

describe("the progress of a run in a log", () => {
  it("has a time on every line, tells what fails when it fails, and what was dropped later", () => {
    const { progress, said } = watch("reboot", aScenario());
    progress.event(sessionFinished("reboot", 1, { dropped: true }));
    progress.event(sessionFinished("reboot", 2));
    progress.event(failedSession("reboot", 3, "ice_failed", "no pair\u001b[2J answered"));
    progress.event(failedSession("reboot", 4, "ice_failed", "no pair answered"));
    progress.event(scenarioFinished("reboot"), "failed");
    for (const line of said().trimEnd().split("\n")) expect(line).toMatch(TIME);
    expect(withoutTimes(said())).toBe(
      "reboot: dropped (session 1): nothing was said of why\n" +
        "reboot: ice_failed (session 3): no pair [2J answered\n" +
        "✗ reboot: 2 of 4 sessions connected, 1 of them dropped later, connect time p(95) 402 ms (41.2 s)\n",
    );
  });

  it("says nothing of drops where there were none, and what failed as expected", () => {
    const { progress, said } = watch("calm", aScenario());
    progress.event(sessionFinished("calm", 1));
    progress.event(scenarioFinished("calm"), "passed");
    expect(withoutTimes(said())).toBe("✓ calm: 1 of 1 sessions connected, connect time p(95) 401 ms (41.2 s)\n");
    const none = watch("control", aScenario({ expectedPath: "none", expectedFailure: "ice_failed" }));
    none.progress.event(failedSession("control", 1, "ice_failed", "no pair answered"));
    none.progress.event(scenarioFinished("control"), "passed");
    expect(none.said()).toMatch(/✓ control: none of 1 sessions connected, as expected \(41\.2 s\)\n$/);
    expect(none.said()).not.toContain("no pair answered");
  });

  it("counts a grid's cells, and those that came to what was computed", () => {
    const grid = aGrid(["home", "symmetric"]);
    const isHard = ({ row, column }: CellPlace) => row === "symmetric" && column === "symmetric";
    const expected = (place: CellPlace): CellOutcome => (isHard(place) ? "none" : "direct");
    const { progress, said } = watch(GRID, grid);
    progress.event(labUp(GRID, {}));
    const first = ({ row, column }: CellPlace) => row === "home" && column === "home";
    for (const event of gridRun(grid, expected, (place) => (first(place) ? "none" : undefined))) progress.event(event);
    expect(said()).toMatch(/, 4 cells\n/);
    expect(said()).toMatch(/nat-grid: none instead of direct \(session \d\): home to home: direct was computed/);
    expect(said()).toMatch(/nat-grid: 3 of 4 cells as computed \(/);
  });

  it("says what is awaited when half a minute went by without a word", () => {
    vi.useFakeTimers({ now: sessionStarted("slow", 1).at });
    const { progress, said } = watch("slow", aScenario());
    for (const event of [runStarted("slow"), scenarioStarted("slow"), labUp("slow", {}), sessionStarted("slow", 1)])
      progress.event(event);
    vi.advanceTimersByTime(31_000);
    progress.end();
    vi.advanceTimersByTime(60_000);
    expect(withoutTimes(said())).toBe(
      "slow: bringing the lab up\nslow: lab up in 0.9 s, 80 sessions\n" +
        "slow: 0/80 sessions, 0 connected, 0 failed; waits for 1 session, the oldest for 30.0 s\n",
    );
  });
});

describe("the progress of a run where somebody watches", () => {
  const cursor = (text: string) => text.replaceAll("\u001b", "^");

  it("draws how far it is, what is awaited and what failed, seldom, and takes it away in the end", () => {
    vi.useFakeTimers({ now: sessionStarted("slow", 1).at });
    const { progress, said } = watch("slow", aScenario(), true);
    for (const event of [runStarted("slow"), scenarioStarted("slow"), labUp("slow", {}), sessionStarted("slow", 1)])
      progress.event(event);
    progress.event(
      failedSession("slow", 2, "ice_failed", "no pair answered, and this goes on for longer than a line is wide"),
    );
    expect(said()).toBe("");
    vi.advanceTimersByTime(8_200);
    const frames = cursor(said()).split(" ended, ").length - 1;
    expect(frames).toBe(9);
    const last = cursor(said()).slice(cursor(said()).lastIndexOf("0 of 1"));
    expect(last).toContain("slow ░░░░░░░░░░░░ 1/80 sessions, 0 connected, 1 failed\n");
    expect(last).toMatch(/waits for 1 session, the oldest for 8\.0 s/);
    expect(said()).toMatch(/✗ slow: ice_failed \(session 2\): no pair answered, and this goes on for longer t(?!han)/);
    progress.event(scenarioFinished("slow"), "failed");
    progress.end();
    const { length } = said();
    vi.advanceTimersByTime(60_000);
    expect(said()).toHaveLength(length);
    expect(said()).toContain("✗ slow: 0 of 1 sessions connected (41.2 s)\n");
    expect(said()).not.toMatch(/\d{4}-\d\d-\d\dT/);
  });
});
