import { expect, it } from "vitest";
import type { RunEvent } from "../lab/model/events.ts";
import {
  aScenario,
  routerProbed,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const probed = routerProbed("calls", "office", "corporate");

function run(durationMs: number, router: RunEvent = probed) {
  const traffic = { messageBytes: 100, messagesPerSecond: 10, durationMs };
  return summarize([
    runStarted("calls"),
    scenarioStarted("calls", aScenario({ traffic })),
    router,
    sessionStarted("calls", 1),
    sessionFinished("calls", 1),
    scenarioFinished("calls"),
    runFinished(),
  ]);
}
const inBoth = (summary: ReturnType<typeof run>) =>
  [renderTerminal(summary, { color: false, width: 200 }), renderMarkdown(summary)].map((text) =>
    text.includes("lifetime not measured"),
  );

it("says of a router whose mappings a call outlasts that their lifetime was not measured", () => {
  const summary = run(30_001);
  expect(summary.scenarios[0]?.routers.office?.isLifetimeOpen).toBe(true);
  expect(inBoth(summary)).toEqual([true, true]);
});

it("says nothing where it was measured, or where it does not matter", () => {
  const { observed } = probed;
  const measured = { ...observed, lifetimeMs: { livedAtLeast: 29_000, goneAfter: 32_000 } };
  const harmless = [
    run(30_000),
    run(30_001, { ...probed, observed: measured }),
    // No UDP gets out, or nothing is kept that could end.
    run(30_001, { ...probed, observed: { ...observed, mapping: null, filtering: null } }),
    run(400_000, routerProbed("calls", "office", "cloud-1to1")),
  ];
  for (const summary of harmless) {
    expect(summary.scenarios[0]?.routers.office?.isLifetimeOpen).toBe(false);
    expect(inBoth(summary)).toEqual([false, false]);
  }
});

it("names such routers of a grid, whose other routers need no line of their own", () => {
  const grid = {
    description: "Two homes.",
    topology: { routers: { a: { nat: "corporate" as const }, b: { nat: "home" as const } } },
    peers: { one: { behind: "a", iceServers: [] }, two: { behind: "b", iceServers: [] } },
    cells: [{ table: "t", row: "a", column: "b", offerer: "one", answerer: "two" }],
    concurrency: 1,
    traffic: { messageBytes: 100, messagesPerSecond: 10, durationMs: 40_000 },
  };
  const summary = summarize([
    runStarted("grid"),
    scenarioStarted("grid", grid),
    routerProbed("grid", "a", "corporate"),
    routerProbed("grid", "b", "home"),
    {
      type: "grid_planned",
      at: 1,
      scenario: "grid",
      cells: [{ table: "t", row: "a", column: "b", expected: "none" }],
    },
    scenarioFinished("grid"),
    runFinished(),
  ]);
  for (const text of [renderTerminal(summary, { color: false, width: 200 }), renderMarkdown(summary)])
    expect(text).toContain("2 routers observed to be what they must be; lifetime not measured of a");
});
