import { expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import {
  aScenario,
  labUp,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

const threshold = "session_success rate>0.5, observed 0.3, with 7 that are under way beyond their time";

/** Ten calls that connected, and a load that was ended for others that nobody has heard of. */
function aRun(...aborted: RunEvent[]): RunEvent[] {
  const calls = Array.from({ length: 10 }, (_, index) => session(sessionFinished("load", index + 1))).flat();
  return [
    runStarted("load"),
    scenarioStarted("load", aScenario()),
    labUp("load", { turn: "turn" }),
    ...calls,
    ...aborted,
    scenarioFinished("load"),
    runFinished(),
  ];
}

it("fails a load that a threshold ended, whatever its finished calls say, and every report says by which", () => {
  const up = labUp("load", {});
  const summary = summarize(aRun({ type: "load_aborted", at: up.at + 14_200, scenario: "load", threshold }));
  expect(summary.scenarios[0]).toMatchObject({
    status: "failed",
    endedEarly: { threshold, afterMs: 14_200 },
    reason: `the load was ended early after 14.2 s, by a threshold with abortOnFail: ${threshold}`,
  });
  for (const format of ["terminal", "markdown", "junit", "json"] as const) {
    const text = RENDERERS[format](summary, { color: false, width: 400 });
    expect(text.replaceAll("&gt;", ">").replaceAll("\\", ""), format).toContain("ended early after 14.2 s");
  }
});

it("has no word of it where none did", () => {
  expect(summarize(aRun()).scenarios[0]).toMatchObject({ status: "passed", endedEarly: null, reason: null });
});
