import { afterEach, describe, expect, it, vi } from "vitest";
import type { AnyScenario, CellOutcome, CellPlace } from "../lab/model/grid.ts";
import { aGrid, GRID, gridRun } from "../reports/example-grid.ts";
import { aScenario, failedSession, labUp, scenarioFinished, sessionFinished } from "../reports/example-run.ts";
import { Progress } from "./progress.ts";

function watch(name: string, scenario: AnyScenario): { progress: Progress; said: () => string } {
  let text = "";
  vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const screen = { color: false, width: 80, tty: false };
  return { progress: new Progress(screen, [{ name, scenario }]), said: () => text };
}

afterEach(() => void vi.restoreAllMocks());

describe("the progress of a run", () => {
  it("says that sessions which connected were dropped later", () => {
    const { progress, said } = watch("reboot", aScenario());
    progress.event(sessionFinished("reboot", 1, { dropped: true }));
    progress.event(sessionFinished("reboot", 2));
    progress.event(failedSession("reboot", 3, "ice_failed", "no pair answered"));
    progress.event(scenarioFinished("reboot"));
    expect(said()).toBe("reboot: 2 of 3 sessions connected, 1 of them dropped later (41.2 s)\n");
  });

  it("says nothing of drops where there were none", () => {
    const { progress, said } = watch("calm", aScenario());
    progress.event(sessionFinished("calm", 1));
    progress.event(scenarioFinished("calm"));
    expect(said()).toContain("1 of 1 sessions connected (");
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
    expect(said()).toMatch(/nat-grid: 3 of 4 cells as computed \(/);
  });
});
