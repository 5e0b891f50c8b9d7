import { expect, it } from "vitest";
import type { PeerTimeline } from "../../model/timeline.ts";
import type { SessionEnded } from "../protocol.ts";
import { runInProcess } from "./test-session.ts";
import { startTestTurnServer } from "./test-turn-server.ts";

const stepsOf = ({ entries }: PeerTimeline) => entries.map(({ step }) => step);

function timelineOf({ timeline }: SessionEnded): PeerTimeline {
  if (!timeline) throw new Error("a peer that is there has a last word");
  return timeline;
}

function expectInOrder(end: SessionEnded): void {
  const timeline = timelineOf(end);
  const times = timeline.entries.map(({ atMs }) => atMs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times[0]).toBeGreaterThanOrEqual(0);
  expect(timeline.left).toBe(0);
}

it("tells each step of a call that went well, at both ends", async () => {
  const ends = await runInProcess();
  for (const [end, sent, received] of [
    [ends.offerer, "offer", "answer"],
    [ends.answerer, "answer", "offer"],
  ] as const) {
    expectInOrder(end);
    const { entries, pairs } = timelineOf(end);
    expect(entries).toContainEqual(expect.objectContaining({ step: "description-sent", kind: sent }));
    expect(entries).toContainEqual(expect.objectContaining({ step: "description-received", kind: received }));
    const steps = stepsOf(timelineOf(end));
    for (const step of ["gathering-started", "candidate", "far-candidate", "check-sent", "check-answered", "selected"])
      expect(steps).toContain(step);
    const course = ["gathering-ended", "selected", "dtls-connected", "channel-open", "first-data", "ended"];
    expect(steps.filter((step) => course.includes(step)).slice(-5)).toEqual(course.slice(1));
    expect(entries.at(-1)).toMatchObject({ step: "ended", failure: null });
    for (const step of ["check-failed", "lost", "restart", "silent", "url-failed"]) expect(steps).not.toContain(step);
    const nominated = pairs.filter(({ isNominated }) => isNominated);
    expect(nominated).toMatchObject([{ state: "succeeded", local: { type: "host", address: "127.0.0.1" } }]);
    expect(nominated[0]?.checksSent).toBeGreaterThan(0);
    expect(nominated[0]?.answersReceived).toBeGreaterThan(0);
    expect(nominated[0]?.checksReceived).toBeGreaterThan(0);
  }
});

it("tells of a call without a path what each pair was asked, and that nobody answered", async () => {
  // Candidates that lead to a port where nobody answers, in place of the far end's own.
  const { offerer, answerer } = await runInProcess({}, (data, pass) => {
    if (data.kind === "candidate") data.candidate = data.candidate.replace(/127\.0\.0\.1 \d+/, "127.0.0.1 9");
    pass();
  });
  expectInOrder(offerer);
  expect(timelineOf(offerer).pairs).toMatchObject([
    {
      remote: { address: "127.0.0.1", port: 9 },
      state: "failed",
      isNominated: false,
      checksSent: 6,
      answersReceived: 0,
    },
  ]);
  const steps = stepsOf(timelineOf(offerer));
  expect(steps.filter((step) => step === "check-sent")).toHaveLength(1);
  expect(steps.filter((step) => step === "check-failed")).toHaveLength(1);
  expect(steps).not.toContain("selected");
  // Both have nothing left at the same moment; whoever says so first ends the other, which then has no failure of its own.
  const ends = [offerer, answerer].map((peer) => timelineOf(peer).entries.at(-1));
  for (const end of ends) expect(end).toMatchObject({ step: "ended" });
  expect(ends).toContainEqual(expect.objectContaining({ failure: "ice_failed" }));
});

it("tells of each URL what came of it", async () => {
  await using server = await startTestTurnServer("ok");
  const turn = `turn:127.0.0.1:${server.port}?transport=udp`;
  const gone = "turn:127.0.0.1:9?transport=tcp";
  const { offerer } = await runInProcess({
    iceServers: [{ urls: [turn, gone], username: "user", credential: "secret" }],
  });
  expectInOrder(offerer);
  const { entries } = timelineOf(offerer);
  for (const url of [turn, gone]) expect(entries).toContainEqual(expect.objectContaining({ step: "url-tried", url }));
  expect(entries).toContainEqual(expect.objectContaining({ step: "url-answered", url: turn }));
  expect(entries).toContainEqual(
    expect.objectContaining({ step: "url-failed", url: gone, code: "turn_connect_failed" }),
  );
});
