import { load } from "cheerio";
import { describe, expect, it } from "vitest";
import { aGrid, gridRun } from "../example-grid.ts";
import {
  exampleRun,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
} from "../example-run.ts";
import { summarize } from "../summarize.ts";
import { expectJunit } from "../test-junit.ts";
import { renderJunit } from "./junit.ts";

/** Two NATs against each other; one call came to what it must not, and one was not made. */
const A_GRID = gridRun(
  aGrid(["home", "symmetric"]),
  ({ row, column }) => (row === "symmetric" && column === "symmetric" ? "none" : "direct"),
  ({ row, column }) =>
    row === "home" ? (column === "symmetric" ? "none" : undefined) : column === "home" ? "nothing" : undefined,
);

describe("renderJunit", () => {
  const text = renderJunit(summarize(exampleRun()));
  const xml = load(text, { xml: true });
  const kindOf = (suite: string, name: string) =>
    xml(`testsuite[name="${suite}"] testcase[name="${name}"]`).children().not("system-out").get(0)?.tagName ?? "passed";

  it("reads as ever", async () => {
    expect(expectJunit(text)).toBe(5);
    await expect(text).toMatchFileSnapshot("golden/run.junit.xml");
  });

  it("means by failure the server's, by error the lab's, by skipped what did not run", () => {
    expect(kindOf("mobile-to-home", "session_success rate>0.95")).toBe("passed");
    expect(kindOf("udp-blocked-office", "connect_time p(95)<5000")).toBe("failure");
    expect(kindOf("wrong-password", "no session connects, every session ends with turn_unauthorized")).toBe("passed");
    expect(kindOf("two-carriers", "scenario")).toBe("error");
    expect(kindOf("never-reached", "scenario")).toBe("skipped");
  });

  it("has a case that is not passed in each scenario that is not passed, and in no other", () => {
    const summary = summarize(exampleRun());
    for (const { name, status } of summary.scenarios) {
      const broken = xml(`testsuite[name="${name}"]`).find("failure, error, skipped").length;
      expect(broken > 0, name).toBe(status !== "passed");
    }
  });

  it("has a case for each cell of a grid", () => {
    const summary = summarize(A_GRID);
    const grid = load(renderJunit(summary), { xml: true });
    const cells = summary.scenarios.flatMap((scenario) => scenario.cells ?? []);
    expect(cells.length).toBeGreaterThan(0);
    for (const { table, row, column } of cells)
      expect(grid(`testcase[name="${table}: ${row} × ${column}"]`)).toHaveLength(1);
    expect(grid("failure").length).toBeGreaterThanOrEqual(cells.filter(({ status }) => status === "failed").length);
  });

  it("takes names and messages as text, whatever stands in them", () => {
    const hostile = '<script>alert("1")</script>\u0000]]>&\u202e';
    const events = [
      runStarted(hostile),
      scenarioStarted(hostile),
      ...session(failedSession(hostile, 1, "turn_no_answer", hostile)),
      scenarioFinished(hostile),
      runFinished(),
    ];
    const said = renderJunit(summarize(events));
    expectJunit(said);
    expect(said).not.toContain("<script>");
  });

  it("says of a run that was killed that it has no end", () => {
    const events = exampleRun().slice(0, -1);
    const said = renderJunit(summarize(events));
    expectJunit(said);
    expect(said).toContain('<testcase name="the run came to its end"');
  });
});
