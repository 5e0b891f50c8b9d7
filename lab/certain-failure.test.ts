import { expect, it } from "vitest";
import { isCertainFailure } from "./certain-failure.ts";
import type { ProbeResult } from "./model/probe.ts";

const weak = (changed: Partial<ProbeResult>): ProbeResult => ({
  id: "reach",
  group: "reach",
  title: "",
  url: null,
  expected: "",
  observed: "",
  verdict: "weak",
  severity: "error",
  reason: "",
  fix: null,
  affects: null,
  option: null,
  hasReached: null,
  durationMs: 0,
  ...changed,
});

it("ends a gate over a URL without a relay, an open relay, and a private host that was reached", () => {
  expect(isCertainFailure(weak({ url: "turns:turn.example.org" }))).toBe(true);
  expect(isCertainFailure(weak({ id: "allocate-without-credentials" }))).toBe(true);
  expect(isCertainFailure(weak({ id: "peer-needed-the-public-internet" }))).toBe(true);
  expect(isCertainFailure(weak({ id: "peer-10.0.0.1", hasReached: true }))).toBe(true);
});

it("does not over what is only allowed, only weaker, or unclear", () => {
  expect(isCertainFailure(weak({ id: "peer-10.0.0.1", hasReached: false }))).toBe(false);
  expect(isCertainFailure(weak({ id: "peer-10.0.0.1" }))).toBe(false);
  expect(isCertainFailure(weak({ id: "quota-calls", severity: "warning" }))).toBe(false);
  expect(isCertainFailure(weak({ verdict: "unclear" }))).toBe(false);
  expect(isCertainFailure(weak({ id: "port-5766" }))).toBe(false);
});

it("does not over what the baseline answers alike, URL by URL", () => {
  const candidate = weak({ url: "turns:turn.example.org" });
  expect(isCertainFailure(candidate, [weak({ url: "turns:turn.example.org" })])).toBe(false);
  expect(isCertainFailure(candidate, [weak({ url: "turn:turn.example.org" })])).toBe(true);
  expect(isCertainFailure(candidate, [weak({ url: "turns:turn.example.org", verdict: "ok" })])).toBe(true);
});
