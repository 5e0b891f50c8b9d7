import { describe, expect, it } from "vitest";
import type { EventOf, RunEvent, SessionFinished, SessionRecovery } from "../lab/model/events.ts";
import type { Change, Scenario } from "../lab/model/scenario.ts";
import {
  aScenario,
  failedSession,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  sessionFinished,
} from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const CUT: Change = { atMs: 4_000, node: "turn", link: { loss: 1 } };
const T = 100_000;

const silence = (at: number, recoveredAfterMs: number | null): SessionRecovery => ({
  at,
  isSilence: true,
  noticedAfterMs: 5_000,
  restartedAfterMs: 5_010,
  selectedAfterMs: recoveredAfterMs === null ? null : recoveredAfterMs - 10,
  recoveredAfterMs,
  pairBefore: "relay-relay",
  pairAfter: recoveredAfterMs === null ? null : "relay-relay",
  urlBefore: { offerer: null, answerer: null },
  urlAfter: { offerer: null, answerer: null },
});

/** A session from one time to another. */
function ran(session: number, from: number, to: number, changes: Partial<SessionFinished> = {}): RunEvent[] {
  const finished = { ...sessionFinished("a", session, changes), at: to };
  return [{ type: "session_started", at: from, scenario: "a", session, vu: 1, iteration: 1 }, finished];
}

const changed = (at: number, change: Change = CUT, durationMs = 0): EventOf<"lab_changed"> => ({
  type: "lab_changed",
  at,
  scenario: "a",
  change,
  atMs: change.atMs,
  durationMs,
});

function run(events: RunEvent[], changes: Partial<Scenario> = {}) {
  const definition = aScenario({ changes: [CUT], recovery: { by: "ice-restart" }, ...changes });
  const summary = summarize([
    runStarted("a"),
    scenarioStarted("a", definition),
    ...events,
    scenarioFinished("a"),
    runFinished(),
  ]);
  const [scenario] = summary.scenarios;
  if (!scenario) throw new Error("no scenario");
  return { summary, scenario };
}

describe("recoveries", () => {
  it("give recovery_time and session_recovered, one sample for each silence, and a recovered session is not dropped", () => {
    const thresholds: Scenario["thresholds"] = { session_recovered: ["rate>0.6"], recovery_time: ["p(95)<7000"] };
    const { scenario, summary } = run(
      [
        ...ran(1, T, T + 20_000, { recoveries: [silence(T + 4_000, 5_400), silence(T + 12_000, 6_000)] }),
        ...ran(2, T, T + 20_000, { recoveries: [silence(T + 4_000, null)], dropped: true }),
        changed(T + 4_010),
      ],
      { thresholds },
    );
    expect(scenario.sessions).toMatchObject({ connected: 2, dropped: 1 });
    expect(scenario.silences).toEqual({ total: 3, recovered: 2 });
    expect(scenario.metrics.recovery_time).toMatchObject({ count: 2, min: 5_400, max: 6_000 });
    const own = scenario.thresholds.filter(({ metric }) => metric in thresholds);
    expect(own.map(({ verdict }) => verdict)).toEqual(["passed", "passed"]);
    expect(renderTerminal(summary, { color: false, width: 110 })).toMatch(
      /session_recovered +rate>0.6 +66.67 % +3 silences/,
    );
  });

  it("of a call that was replaced count once, whatever was tried, and restarts without a silence not at all", () => {
    const told = { ...silence(T + 1_000, null), isSilence: false };
    const { scenario } = run([
      ...ran(1, T, T + 9_000, { recoveries: [told, silence(T + 4_000, null)], dropped: true }),
      ...ran(2, T + 9_000, T + 10_000, {
        ...failedSession("a", 2, "turn_no_answer", "silent"),
        replaces: { session: 1, recoveredAfterMs: null },
      }),
      ...ran(3, T + 10_500, T + 20_000, { replaces: { session: 1, recoveredAfterMs: 7_100 } }),
      changed(T + 4_010),
    ]);
    expect(scenario.silences).toEqual({ total: 1, recovered: 1 });
    expect(scenario.metrics.recovery_time).toMatchObject({ count: 1, max: 7_100 });
    expect(scenario.changes[0]?.aftermath).toMatchObject({ hit: 1, recovered: 1 });
  });

  it("are no data without a silence", () => {
    const { scenario } = run([...ran(1, T, T + 5_000), changed(T + 4_000)], {
      thresholds: { session_recovered: ["rate==1"], recovery_time: ["max<1"] },
    });
    expect(scenario).toMatchObject({ status: "no_data", silences: { total: 0, recovered: 0 } });
    expect(scenario.metrics.recovery_time).toMatchObject({ count: 0, med: null });
  });
});

describe("the aftermath of a change", () => {
  it("is of the sessions that were under way, until the next change", () => {
    const back: Change = { atMs: 15_000, node: "turn", link: {} };
    const { scenario, summary } = run(
      [
        ...ran(1, T, T + 20_000, { recoveries: [silence(T + 3_990, 5_400)] }),
        ...ran(2, T, T + 20_000, { recoveries: [silence(T + 3_995, 5_600)] }),
        // Over before, not hit, failed in setting up.
        ...ran(3, T - 5_000, T + 3_000),
        ...ran(4, T, T + 20_000),
        ...ran(5, T + 3_900, T + 9_000, failedSession("a", 5, "turn_no_answer", "silent")),
        // Begun after it: one that fails, and one that connects after 406 ms.
        ...ran(6, T + 5_000, T + 10_000, failedSession("a", 6, "turn_no_answer", "silent")),
        ...ran(7, T + 6_000, T + 7_000),
        changed(T + 4_200, CUT, 200),
        changed(T + 15_000, back),
      ],
      { changes: [CUT, back] },
    );
    expect(scenario.changes.map(({ aftermath }) => aftermath)).toMatchObject([
      {
        underWay: 4,
        hit: 3,
        recovered: 2,
        recoveryTime: { count: 2, med: 5_500, max: 5_600 },
        nextConnectedAfterMs: 2_000 + 407,
      },
      { underWay: 3, hit: 0, recovered: 0, recoveryTime: { count: 0, med: null }, nextConnectedAfterMs: null },
    ]);
    const wide = renderTerminal(summary, { color: false, width: 120 });
    expect(wide).toContain("after what happened");
    expect(wide).toMatch(/at 4.0 s +4 +3 +2 +5500 +5590 +5600 +2407/);
    expect(wide).toMatch(/at 15.0 s +3 +0 +0 +– +– +– +–/);
    expect(renderTerminal(summary, { color: false, width: 60 })).toMatch(/hit 3 +recovered 2/);
    expect(renderMarkdown(summary)).toContain("| at 4.0 s | 4 | 3 | 2 | 5500 | 5590 | 5600 | 2407 |");
  });

  it("puts a session that was dropped without a word of silence down to the change before its end", () => {
    const { scenario } = run([...ran(1, T, T + 30_000, { dropped: true }), changed(T + 4_000)], {});
    expect(scenario.changes[0]?.aftermath).toMatchObject({ underWay: 1, hit: 1, recovered: 0 });
  });

  it("is the loss's, not the return's, where calls end mute after both", () => {
    const lost: Change = { atMs: 4_000, server: "turn", becomes: "killed" };
    const back: Change = { atMs: 7_000, server: "turn", becomes: "restored" };
    const { scenario } = run(
      [...ran(1, T, T + 10_000, { dropped: true }), changed(T + 4_000, lost), changed(T + 7_000, back)],
      { changes: [lost, back] },
    );
    expect(scenario.changes.map(({ aftermath }) => aftermath)).toMatchObject([
      { underWay: 1, hit: 1 },
      { underWay: 1, hit: 0 },
    ]);
  });

  it("is nobody's where the change was not made", () => {
    const { scenario, summary } = run(ran(1, T, T + 3_000));
    expect(scenario.changes).toMatchObject([{ atMs: null, aftermath: null }]);
    expect(renderMarkdown(summary)).not.toContain("After what happened");
  });
});
