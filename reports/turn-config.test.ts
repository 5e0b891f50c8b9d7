import { describe, expect, it } from "vitest";
import type { EventOf } from "../lab/model/events.ts";
import {
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

const read: EventOf<"turn_config_read"> = {
  type: "turn_config_read",
  at: 1,
  scenario: "mobile",
  server: "turn",
  file: "my.conf",
  filled: ["TURN_IP"],
  supplied: [{ what: "a user", why: "line 3 asks for one, and the file has none" }],
  overridden: [{ what: "daemon is off", why: "the server is its container's main process" }],
  warnings: [
    { line: 7, expected: "a port of its own", found: '"1.2.3.4:3478"', hint: "Another line listens there already." },
    { line: null, expected: "a realm", found: "none" },
  ],
};
const log = (...events: EventOf<"turn_config_read">[]) => [
  runStarted("mobile"),
  scenarioStarted("mobile"),
  ...events,
  sessionStarted("mobile", 1),
  sessionFinished("mobile", 1),
  scenarioFinished("mobile"),
  runFinished(),
];

describe("a server that ran a user's turnserver.conf", () => {
  const summary = summarize(log(read));

  it("stands in the summary with all that was supplied, overridden and found", () => {
    const { type: _, at: __, scenario: ___, server: ____, ...config } = read;
    expect(summary.scenarios[0]?.turnConfigs).toEqual({ turn: config });
  });

  it("is told in Markdown", () => {
    expect(renderMarkdown(summary)).toContain(
      [
        "**turn ran `my.conf`**",
        "",
        "- filled in: TURN\\_IP",
        "- supplied by the lab: a user: line 3 asks for one, and the file has none",
        "- other than in the file: daemon is off: the server is its container's main process",
      ].join("\n"),
    );
    expect(renderMarkdown(summary)).toContain("- ⚠️ my.conf:7: expected a port of its own; found");
  });

  it("is told in the terminal", () => {
    const text = renderTerminal(summary, { width: 100, color: false });
    expect(text).toContain("  turnserver.conf\n    turn ran my.conf\n    + filled in: TURN_IP\n");
    expect(text).toContain("    ! my.conf: expected a realm; found none\n");
  });

  it("is not told where there was none", () => {
    const without = summarize(log());
    expect(without.scenarios[0]?.turnConfigs).toEqual({});
    expect(renderTerminal(without, { width: 100, color: false })).not.toContain("turnserver.conf");
    expect(renderMarkdown(without)).not.toContain(" ran ");
  });
});
