import { expect, it } from "vitest";
import type { EndEvidence } from "../model/evidence.ts";
import { callOutcome } from "./call-outcome.ts";
import { AT, anEnd, someEvidence } from "./test-field.ts";

const states = (...words: string[]) => words.map((state) => ({ state, atMs: null, at: AT }));
const outcome = (known: Partial<EndEvidence>) => callOutcome(someEvidence(anEnd({ iceStates: [], ...known })));

it.each([
  ["failed", { iceStates: states("checking", "failed") }],
  ["failed", { iceStates: states("checking", "failed", "closed") }],
  ["failed", { iceStates: states("checking") }],
  ["failed", { iceStates: states("checking", "connected"), dtlsStates: states("connecting") }],
  ["failed", { failure: { code: "turn_unauthorized", message: "" } }],
  ["dropped", { iceStates: states("checking", "connected", "disconnected", "failed") }],
  ["dropped", { wasConnected: true, iceStates: states("connected", "disconnected") }],
  ["connected", { iceStates: states("checking", "connected", "completed", "closed") }],
  ["connected", { iceStates: states("connected", "disconnected", "connected") }],
  ["unknown", {}],
  ["unknown", { iceStates: states("new") }],
] as [string, Partial<EndEvidence>][])("a call is %s by %j", (expected, known) => {
  expect(outcome(known)).toBe(expected);
});
