import { describe, expect, it } from "vitest";
import type { Diagnosis } from "../lab/model/diagnosis.ts";
import type { RunEvent, SessionFinished } from "../lab/model/events.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import {
  aScenario,
  failedSession,
  labUp,
  runFinished,
  runStarted,
  scenarioFinished,
  scenarioStarted,
  session,
  sessionFinished,
} from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderTerminal } from "./render/terminal.ts";
import { summarize } from "./summarize.ts";

const NAME = "wrong-realm";

const realm: Diagnosis = {
  code: "turn_wrong_realm",
  leg: "authentication",
  confidence: "certain",
  summary: "turn takes the same credential with the key of realm old.org.",
  because: [
    { text: "turn: 401 to ALLOCATE", at: { file: "run.jsonl", path: "session 1: peers.offerer.urls[0]" } },
    { text: "credentials are incorrect", at: { file: "logs/wrong-realm.turn.log", line: 91 } },
    { text: "asked again with the key of old.org: accepted", at: null },
  ],
  unknown: ["Whose key it was."],
};

const lost = (n: number, more: Partial<SessionFinished>): SessionFinished =>
  ({ ...failedSession(NAME, n, "turn_unauthorized", "401 Unauthorized"), ...more }) as SessionFinished;

const summarizeOne = (scenario: Partial<Scenario>, events: RunEvent[], end = scenarioFinished(NAME)) => {
  const summary = summarize([
    runStarted(NAME),
    scenarioStarted(NAME, aScenario(scenario)),
    ...events,
    end,
    runFinished(),
  ]);
  const [one] = summary.scenarios;
  if (!one) throw new Error("no scenario");
  return { summary, scenario: one };
};
const none = { expectedPath: "none", expectedFailure: "turn_wrong_realm" } as const;

describe("causes", () => {
  const events = [
    ...session(lost(1, { diagnosis: realm })),
    ...session(lost(2, { diagnosis: realm, diagnosedAs: 1 })),
    ...session(lost(3, { diagnosis: null })),
  ];

  it("are counted beside what ends say, and shown by the first session of each", () => {
    const { scenario } = summarizeOne(none, events);
    expect(scenario).toMatchObject({
      failures: { turn_unauthorized: 3 },
      causes: { turn_wrong_realm: 2 },
      examples: [{ session: 1, diagnosis: realm }, { session: 2 }, { session: 3, diagnosis: null }],
    });
  });

  it("stand on the terminal in a few lines, with what speaks for them and what to change", () => {
    const { summary } = summarizeOne(none, events);
    const text = renderTerminal(summary, { color: false, width: 100 });
    expect(text.slice(text.indexOf("causes\n"), text.indexOf("Passed"))).toMatchInlineSnapshot(`
      "causes
          turn_wrong_realm  2 sessions, certain; peer to TURN server, credential
            session 1: turn takes the same credential with the key of realm old.org.
            seen: turn: 401 to ALLOCATE (run.jsonl session 1: peers.offerer.urls[0]); credentials are
            incorrect (logs/wrong-realm.turn.log:91); 1 more
            not known: Whose key it was.
            to change: Use one realm: \`realm=\`, \`turnadmin -r\`, and what clients present.
          of 1 session no cause could be concluded

        scenario     sessions  success  95 % CI  connect med  p(95) ms  path
      ✓ wrong-realm       0/3  none, as expected

      "
    `);
  });

  it("stand in the Markdown report with all that speaks for them", () => {
    const { summary } = summarizeOne(none, events);
    const text = renderMarkdown(summary);
    expect(text.slice(text.indexOf("**Causes**"), text.indexOf("---\n\nRun"))).toMatchInlineSnapshot(`
      "**Causes**

      - \`turn_wrong_realm\`, 2 sessions, certain; peer to TURN server, credential. Session 1: turn takes the same credential with the key of realm old.org.
        - seen: \`turn: 401 to ALLOCATE (run.jsonl session 1: peers.offerer.urls[0])\`
        - seen: \`credentials are incorrect (logs/wrong-realm.turn.log:91)\`
        - seen: \`asked again with the key of old.org: accepted (the lab)\`
        - not known: Whose key it was.
        - to change: Use one realm: \`realm=\`, \`turnadmin -r\`, and what clients present.
      - ⚠️ of 1 session no cause could be concluded

      "
    `);
  });

  it("are not spoken of in logs that know none", () => {
    const { summary, scenario } = summarizeOne(none, session(lost(1, {})));
    expect(scenario.causes).toEqual({});
    expect(renderTerminal(summary, { color: false, width: 100 })).not.toContain("causes");
  });
});

describe("a scenario in which every session is to be dropped", () => {
  const dropped = (n: number) =>
    sessionFinished(NAME, n, {
      dropped: true,
      failure: { code: "data_failed", message: "no message for 10 s" },
      diagnosis: { ...realm, code: "nat_rebooted", leg: "data" },
    });
  const expected = { expectedPath: "relayed", expectedFailure: "nat_rebooted" } as const;

  it("passes without a threshold on success, and says so", () => {
    const { summary, scenario } = summarizeOne(expected, [...session(dropped(1)), ...session(dropped(2))]);
    expect(scenario).toMatchObject({ status: "passed", causes: { nat_rebooted: 2 } });
    expect(scenario.thresholds.map(({ metric }) => metric)).toEqual(["connect_time"]);
    const text = renderTerminal(summary, { color: false, width: 100 });
    expect(text).toContain("dropped, as expected");
    expect(text).toContain("failures, as expected");
  });

  it("proves nothing by a session that never ended, and fails by one that lasted", () => {
    const [started] = session(dropped(2));
    if (!started) throw new Error("no start");
    expect(summarizeOne(expected, [...session(dropped(1)), started]).scenario.status).toBe("no_data");
    const lasted = sessionFinished(NAME, 2, { violations: [{ code: "not_dropped", message: "Lasted." }] });
    expect(summarizeOne(expected, [...session(dropped(1)), ...session(lasted)]).scenario.status).toBe("failed");
  });
});

describe("a server that is not to start", () => {
  const expected = { expectedPath: "none", expectedFailure: "turn_server_not_started" } as const;

  it("passes where it does not, and says what it said", () => {
    const { scenario, summary } = summarizeOne(expected, [], scenarioFinished(NAME, "server_failed", "turn: exit 255"));
    expect(scenario).toMatchObject({
      status: "passed",
      reason: "the server did not start, as expected: turn: exit 255",
    });
    expect(renderTerminal(summary, { color: false, width: 100 })).toContain("not started, as expected");
  });

  it("fails where it starts, whatever its calls come to, and where the lab broke it is no verdict", () => {
    const up = summarizeOne(expected, [labUp(NAME, { turn: "turn" }), ...session(lost(1, {}))]).scenario;
    expect(up).toMatchObject({ status: "failed" });
    expect(up.reason).toContain("the server started");
    expect(summarizeOne(expected, [], scenarioFinished(NAME, "errored", "x")).scenario.status).toBe("errored");
  });
});
