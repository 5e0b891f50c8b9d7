import { describe, expect, it } from "vitest";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { Change } from "../lab/model/scenario.ts";
import { SERVER_CHANGES } from "../lab/model/scenario.ts";
import {
  aScenario,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
  sessionStarted,
} from "./example-run.ts";
import { describeChanges, describeLink, linkTable } from "./render/link-words.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const measured = (changes: Partial<EventOf<"link_measured">> = {}): EventOf<"link_measured"> => ({
  type: "link_measured",
  at: 1,
  scenario: "wifi",
  node: "offerer",
  direction: "up",
  tool: "delay-line",
  asked: { latencyMs: 50, jitterMs: 10, loss: 0.05, rateKbps: 2_000, mtu: 1_300 },
  got: {
    latencyMs: { med: 50.3, min: 40.2, max: 59.7 },
    loss: 0.0471,
    rateKbps: 1_998,
    queueMs: 50.4,
    mtu: 1_300,
    packets: 2_100,
  },
  mismatches: [],
  durationMs: 900,
  ...changes,
});
const down = measured({
  direction: "down",
  asked: {},
  got: {
    latencyMs: { med: 0.03, min: 0.02, max: 0.4 },
    loss: null,
    rateKbps: null,
    queueMs: null,
    mtu: null,
    packets: 25,
  },
});
const dead: Change = { atMs: 3_000, router: "home", forgets: true, downMs: 400 };
const slow: Change = {
  atMs: 1_000,
  node: "turn",
  link: { latencyMs: 20, up: { loss: 0.05, rateKbps: 500 }, mtu: 1_300 },
};

function run(events: RunEvent[], changes: Change[] = []) {
  return summarize([
    runStarted("wifi"),
    scenarioStarted("wifi", aScenario({ changes })),
    ...events,
    sessionStarted("wifi", 1),
    sessionFinished("wifi", 1),
    scenarioFinished("wifi"),
    runFinished(),
  ]);
}

describe("links in a report", () => {
  it("stand in the summary as they were measured", () => {
    const [scenario] = run([measured(), down]).scenarios;
    expect(scenario?.links).toHaveLength(2);
    expect(scenario?.links[0]).toEqual({
      node: "offerer",
      direction: "up",
      tool: "delay-line",
      asked: measured().asked,
      got: measured().got,
      mismatches: [],
    });
  });

  it("show asked and measured side by side, and only what somebody asked for", () => {
    const [scenario] = run([measured(), down]).scenarios;
    if (!scenario) throw new Error("no scenario");
    expect(linkTable(scenario)).toEqual({
      head: ["", "latency ms", "loss", "Mbit/s", "queue ms", "MTU"],
      rows: [
        ["offerer up", "50 ± 10 → 50.3 (40.2 to 59.7)", "5 % → 4.71 %", "2.00 → 2.00", "50.0 → 50.4", "1300 → 1300"],
        ["offerer down", "0 → 0.0 (0.0 to 0.4)", "", "", "", ""],
      ],
    });
    expect(linkTable({ links: [down] }).head).toEqual(["", "latency ms"]);
  });

  it("never show what was not measured as a number", () => {
    const got = { latencyMs: null, loss: 1, rateKbps: null, queueMs: null, mtu: null, packets: 2_000 };
    const { rows } = linkTable({ links: [measured({ asked: { loss: 1, rateKbps: 500 }, got })] });
    expect(rows).toEqual([["offerer up", "0 → –", "100 % → 100 %", "0.50 → –", "50.0 → –"]]);
  });

  it("are in the terminal's report and in Markdown, mismatches too", () => {
    const summary = run([measured({ mismatches: ["loss: expected 5 %, lost 9 of 20"] })]);
    const terminal = renderTerminal(summary, { color: false, width: 110 });
    expect(terminal).toContain("links by delay line, asked → measured");
    expect(terminal).toContain("offerer up  50 ± 10 → 50.3 (40.2 to 59.7)  5 % → 4.71 %");
    expect(terminal).toContain("✗ offerer up: loss: expected 5 %, lost 9 of 20");
    const markdown = renderMarkdown(summary);
    expect(markdown).toContain("| Link by delay line, asked → measured | latency ms |");
    expect(markdown).toContain("- ❌ offerer up: loss: expected 5 %, lost 9 of 20");
  });

  it.each([60, 80, 120])("keep within %i columns, whatever was asked", (width) => {
    const terminal = renderTerminal(run([measured(), down]), { color: false, width });
    const links = terminal.slice(terminal.indexOf("links by")).split("\n\n")[0] ?? "";
    expect(links.split("\n").filter((line) => line.length > width)).toEqual([]);
    const said = terminal.replace(/\s+/g, " ");
    for (const part of ["50 ± 10 → 50.3 (40.2 to 59.7)", "5 % → 4.71 %", "2.00 → 2.00", "50.0 → 50.4", "1300 → 1300"])
      expect(said).toContain(part);
  });

  it("are told wire by wire where the table is too wide", () => {
    const terminal = renderTerminal(run([measured(), down]), { color: false, width: 80 });
    expect(terminal).toContain(
      [
        "    offerer up",
        "      latency ms 50 ± 10 → 50.3 (40.2 to 59.7)  loss 5 % → 4.71 %",
        "      Mbit/s 2.00 → 2.00  queue ms 50.0 → 50.4  MTU 1300 → 1300",
        "    offerer down",
        "      latency ms 0 → 0.0 (0.0 to 0.4)\n",
      ].join("\n"),
    );
  });

  it("are not mentioned where there are none", () => {
    const summary = run([]);
    expect(renderTerminal(summary, { color: false, width: 110 })).not.toMatch(/links|mid-run/);
    expect(renderMarkdown(summary)).not.toMatch(/Link|mid-run/);
  });
});

describe("changes in mid-run", () => {
  const changed = (change: Change, atMs: number): EventOf<"lab_changed"> => ({
    type: "lab_changed",
    at: 1,
    scenario: "wifi",
    change,
    atMs,
  });

  it("are told with their time", () => {
    const summary = run([changed(slow, 1_002), changed(dead, 3_001)], [dead, slow]);
    const [scenario] = summary.scenarios;
    if (!scenario) throw new Error("no scenario");
    expect(scenario.status).toBe("passed");
    expect(describeChanges(scenario).made).toEqual([
      "at 3.0 s: router home lost its NAT state after 400 ms without a carrier",
      "at 1.0 s: the wire of turn became 20 ms, up 5 % loss, 0.50 Mbit/s, MTU 1300",
    ]);
    expect(renderTerminal(summary, { color: false, width: 110 })).toContain("changes in mid-run");
    expect(renderMarkdown(summary)).toContain("- at 3.0 s: router home lost its NAT state");
  });

  it("that the load ended before leave nothing proven", () => {
    const summary = run([changed(slow, 1_002)], [slow, dead]);
    const [scenario] = summary.scenarios;
    expect(scenario).toMatchObject({
      status: "no_data",
      reason: "the load ended before 1 of 2 changes were made",
      changes: [
        { change: slow, atMs: 1_002 },
        { change: dead, atMs: null },
      ],
    });
    expect(renderTerminal(summary, { color: false, width: 110 })).toContain("- not made, the load had ended: at 3.0 s");
    expect(renderMarkdown(summary)).toContain("- ⚠️ not made, the load had ended: at 3.0 s");
  });

  it("of servers are told in words", () => {
    const changes = SERVER_CHANGES.map((becomes, index): Change => ({ atMs: 1_000 * index, server: "turn", becomes }));
    const summary = run(
      changes.map((change) => changed(change, change.atMs)),
      changes,
    );
    expect(summary.scenarios.flatMap((scenario) => describeChanges(scenario).made)).toEqual([
      "at 0 ms: server turn was killed: its machine refused what came",
      "at 1.0 s: server turn was cut off: nothing reached it or left it",
      "at 2.0 s: server turn was drained: it answered nobody new",
      "at 3.0 s: server turn was brought back",
    ]);
  });

  it("that take all conditions away are told as that", () => {
    expect(describeLink({})).toBe("bare");
    expect(describeLink({ mtu: 1_300, fragmentationNeeded: false })).toBe("MTU 1300 without a word");
  });
});
