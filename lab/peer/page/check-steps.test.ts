import { expect, it } from "vitest";
import type { TimelineStep } from "../../model/timeline.ts";
import { CheckSteps } from "./check-steps.ts";
import { type Stats, selectedPairOf } from "./stats.ts";

const local = {
  id: "l",
  type: "local-candidate",
  timestamp: 0,
  candidateType: "relay",
  address: "203.0.113.10",
  port: 7,
};
const remote = { id: "r", type: "remote-candidate", timestamp: 0, candidateType: "host", address: "10.0.0.2", port: 9 };
const pair = (changes: Record<string, unknown>): Stats[] => [
  { ...local, url: "turn:203.0.113.10:3478" },
  remote,
  { id: "p", type: "candidate-pair", timestamp: 0, localCandidateId: "l", remoteCandidateId: "r", ...changes },
];

function watch() {
  const steps: TimelineStep[] = [];
  return { steps, checks: new CheckSteps((step) => steps.push(step)) };
}

it("tells each step of a pair once, when it is seen first", () => {
  const { steps, checks } = watch();
  checks.see(pair({ state: "waiting", requestsSent: 0 }));
  expect(steps).toEqual([]);
  for (const requestsSent of [1, 5]) checks.see(pair({ state: "in-progress", requestsSent, responsesReceived: 0 }));
  checks.see(pair({ state: "succeeded", requestsSent: 6, responsesReceived: 1 }));
  const ends = {
    local: { type: "relay", address: "203.0.113.10", port: 7 },
    remote: { type: "host", address: "10.0.0.2", port: 9 },
  };
  expect(steps).toEqual([
    { step: "check-sent", ...ends },
    { step: "check-answered", ...ends },
  ]);
});

it("keeps a pair that the browser has forgotten, with the URL as it was given, and null for what is not told", () => {
  const { checks } = watch();
  checks.see(pair({ state: "failed", requestsSent: 4 }));
  checks.see([]);
  expect(checks.pairs(() => "turn:turn.lab:3478")).toEqual([
    {
      local: { type: "relay", address: "203.0.113.10", port: 7, url: "turn:turn.lab:3478" },
      remote: { type: "host", address: "10.0.0.2", port: 9 },
      ...{ state: "failed", isNominated: false, checksSent: 4, answersReceived: null, checksReceived: null },
    },
  ]);
});

it("tells a check of a browser that counts answers only by the state of its pair", () => {
  const { steps, checks } = watch();
  checks.see(pair({ state: "waiting", responsesReceived: 0 }));
  expect(steps).toEqual([]);
  checks.see(pair({ state: "in-progress", responsesReceived: 0 }));
  checks.see(pair({ state: "succeeded", responsesReceived: 1 }));
  expect(steps.map(({ step }) => step)).toEqual(["check-sent", "check-answered"]);
});

it("takes Firefox's word for a pair that was given up unasked as one that waits", () => {
  const { steps, checks } = watch();
  checks.see(pair({ state: "cancelled" }));
  expect(checks.pairs(() => null)[0]?.state).toBe("waiting");
  expect(steps).toEqual([]);
});

it("tells a selection once, until another pair is selected", () => {
  const { steps, checks } = watch();
  const selected = selectedPairOf(pair({ state: "succeeded", nominated: true }));
  if (!selected) throw new Error("one is selected");
  checks.onSelected(selected, false, 1);
  checks.onSelected(selected, false, 2);
  expect(steps.map(({ step }) => step)).toEqual(["selected"]);
});
