import { expect, it } from "vitest";
import {
  aScenario,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { RENDERERS } from "./render/index.ts";
import { summarize } from "./summarize.ts";

const timings = { ...sessionFinished("office", 2).timings, connect_time: 900 };
const summary = summarize([
  runStarted("office"),
  scenarioStarted(
    "office",
    aScenario({
      thresholds: { "connect_time{path:direct}": ["max<500"], "session_success{path:direct}": ["rate==1"] },
    }),
  ),
  ...session(sessionFinished("office", 1)),
  ...session(sessionFinished("office", 2, { path: "direct", timings })),
  scenarioFinished("office"),
  runFinished(),
]);
const screen = { color: false, width: 120 };

it("shows the parts of metrics that thresholds name beside the whole, with their own counts", () => {
  const text = RENDERERS.terminal(summary, screen);
  expect(text).toMatch(/✗ connect_time\{path:direct\} +max<500 +900 ms +1 sample\n/);
  expect(text).toMatch(/✓ session_success\{path:direct\} +rate==1 +100 % +1 session\n/);
  expect(text).toMatch(/ connect_time +401( +[\d.]+){6} +2\n +connect_time\{path:direct\} +900( +900){6} +1\n/);
  expect(text).toContain("office (connect_time{path:direct} max<500 was 900 ms)");
  const markdown = RENDERERS.markdown(summary, screen);
  expect(markdown).toContain("| `connect_time{path:direct}` | `max<500` | 900 ms | 1 sample | ❌ |\n");
  expect(markdown).toContain("| `connect_time{path:direct}` | 900 | 900 |");
  expect(RENDERERS.junit(summary, screen)).toContain(
    "connect_time{path:direct} max&lt;500: observed 900 ms, from 1 sample",
  );
});
