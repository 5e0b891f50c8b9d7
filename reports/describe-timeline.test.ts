import { describe, expect, it } from "vitest";
import type { EventOf, RunEvent } from "../lab/model/events.ts";
import type { PeerTimeline } from "../lab/model/timeline.ts";
import { describeEnd, timelinesOf } from "./describe-timeline.ts";
import { failedSession, runFinished, runStarted, scenarioFinished, scenarioStarted, session } from "./example-run.ts";
import { renderMarkdown } from "./render/markdown.ts";
import { renderSessionTimeline } from "./render/session-timeline.ts";
import { summarize } from "./summarize.ts";

const host = { type: "host", address: "10.1.0.2", port: 40_000 } as const;
const srflx = { type: "srflx", address: "198.51.100.7", port: 50_000 } as const;
const stun = "stun:203.0.113.10:3478";
const turn = "turn:203.0.113.10:3478?transport=udp";

const TIMELINE: PeerTimeline = {
  entries: [
    { atMs: 2.4, step: "gathering-started" },
    { atMs: 2.5, step: "url-tried", url: stun },
    { atMs: 2.5, step: "url-tried", url: turn },
    { atMs: 3, step: "candidate", candidate: { ...host, protocol: "udp", priority: 1 } },
    { atMs: 40.2, step: "url-answered", url: stun },
    {
      atMs: 60,
      step: "candidate",
      candidate: { ...srflx, protocol: "udp", priority: 1, relatedAddress: "10.1.0.2", relatedPort: 40_000, url: stun },
    },
    { atMs: 55, step: "url-failed", url: turn, code: "turn_unauthorized", message: "401 Unauthorized" },
    { atMs: 70, step: "far-candidate", candidate: srflx },
    { atMs: 71, step: "check-sent", local: host, remote: srflx },
    { atMs: 72, step: "ice-state", state: "checking" },
    { atMs: 4_000, step: "check-failed", local: host, remote: srflx },
    { atMs: 5_000, step: "ended", failure: "ice_failed" },
  ],
  pairs: [
    {
      local: host,
      remote: srflx,
      state: "failed",
      isNominated: false,
      checksSent: 6,
      answersReceived: 0,
      checksReceived: null,
    },
  ],
  left: 0,
};

function timeline(role: "offerer" | "answerer", changes: Partial<PeerTimeline> = {}): EventOf<"session_timeline"> {
  return { type: "session_timeline", at: 0, scenario: "calls", session: 1, role, ...TIMELINE, ...changes };
}

function logOf(...timelines: RunEvent[]): RunEvent[] {
  const failed = failedSession("calls", 1, "ice_failed", "no pair answered");
  const [started, finished] = session(failed);
  if (!started || !finished) throw new Error("a session starts and ends");
  return [
    ...[runStarted("calls"), scenarioStarted("calls"), started, ...timelines, finished],
    ...[scenarioFinished("calls"), runFinished()],
  ];
}

describe("one end in short", () => {
  it("says what came of URLs, candidates and pairs, and how far it came", () => {
    expect(describeEnd(TIMELINE)).toEqual([
      `${stun} answered after 40 ms, ${turn} turn_unauthorized after 55 ms`,
      "candidates: 1 host, 1 srflx; of the far end: 1 srflx",
      "1 pair: 1 failed; 6 checks sent, 0 answers, an untold number of checks of the far end",
      "no pair selected; ICE checking; ended at 5000 ms, ice_failed",
    ]);
  });

  it("says of a call that was lost how far it had come, what was refused, and what is left out", () => {
    const lines = describeEnd({
      entries: [
        { atMs: 10, step: "permission-refused", peer: "10.0.0.2:9", message: "403 Forbidden IP" },
        { atMs: 20, step: "selected", local: host, remote: srflx, isRestart: false },
        { atMs: 30, step: "first-data" },
        { atMs: 900, step: "lost", reason: "consent expired" },
        { atMs: 901, step: "ended", failure: "data_failed" },
      ],
      pairs: [],
      left: 3,
    });
    expect(lines.slice(2)).toEqual([
      "no pair to check",
      "refused permissions: 10.0.0.2:9 (403 Forbidden IP)",
      "last reached first-data at 30 ms; lost at 900 ms: consent expired; ended at 901 ms, data_failed",
      "3 more steps left out",
    ]);
  });

  it("says so where a peer had no last word", () => {
    expect(describeEnd({ entries: [], pairs: [], left: 0 })).toEqual(["said nothing of its course"]);
  });
});

describe("the Markdown report", () => {
  it("has the course of a failed example session, of each end that told it", () => {
    const markdown = renderMarkdown(summarize(logOf(timeline("offerer"))));
    expect(markdown).toContain("    - offerer\n      - stun:203.0.113.10:3478 answered after 40 ms");
    expect(markdown).not.toContain("    - answerer\n");
  });

  it("is as before for a log without timelines", () => {
    const { scenarios } = summarize(logOf());
    expect(scenarios[0]?.examples[0]).not.toHaveProperty("course");
  });
});

describe("one session's timeline", () => {
  it("has both ends in the order of time, and the pairs in plain columns", () => {
    const answerer = timeline("answerer", { entries: [{ atMs: 50, step: "channel-open" }], left: 2 });
    const events = logOf(answerer, timeline("offerer"), { ...timeline("offerer"), session: 2 });
    const text = renderSessionTimeline(timelinesOf(events, "calls", 1));
    const lines = text.split("\n");
    expect(lines[0]).toBe("calls, session 1");
    const at = (part: string) => lines.findIndex((line) => line.includes(part));
    expect(at("channel-open")).toBeGreaterThan(at("url-answered"));
    expect(at("channel-open")).toBeLessThan(at("url-failed"));
    expect(text).toContain("srflx 198.51.100.7:50000 base 10.1.0.2:40000 from stun:203.0.113.10:3478");
    expect(text).toMatch(/offerer +host 10\.1\.0\.2:40000 +srflx 198\.51\.100\.7:50000 +failed +6 +0 +–/);
    expect(text).toContain("answerer: 2 more left out.");
    expect(text.endsWith("left out.\n")).toBe(true);
  });

  it("says which end told nothing", () => {
    expect(renderSessionTimeline([timeline("offerer")])).toContain("The answerer said nothing of its course.");
  });
});
