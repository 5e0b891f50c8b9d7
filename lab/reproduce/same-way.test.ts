import { expect, it } from "vitest";
import type { Confidence, Diagnosis } from "../model/diagnosis.ts";
import type { PeerReport, RunEvent, SessionFinished } from "../model/events.ts";
import type { FailureCode } from "../model/failure.ts";
import { labCalls } from "./lab-calls.ts";
import { compareWithField } from "./same-way.ts";
import { anEnd, candidate, someEvidence } from "./test-field.ts";

const diagnosis = (code: FailureCode, confidence: Confidence = "certain"): Diagnosis => ({
  code,
  leg: "checks",
  confidence,
  summary: "",
  because: [],
  unknown: [],
});

const peer = (...candidates: string[]): PeerReport => ({
  candidates: candidates.map((text) => candidate(text)),
  urls: [],
  selectedPair: null,
  selectedUrl: null,
  selectedTransport: null,
  messagesSent: 0,
  messagesReceived: 0,
  failure: null,
});

const SRFLX = ["host 192.168.1.9:1000", "srflx 81.2.1.1:1000 192.168.1.9:1000"];

function session(known: Partial<SessionFinished> = {}): SessionFinished {
  return {
    type: "session_finished",
    at: 0,
    scenario: "reproduced",
    session: 1,
    vu: 1,
    iteration: 0,
    outcome: "failed",
    dropped: false,
    failure: { code: "ice_failed", message: "" },
    diagnosis: diagnosis("no_turn_server"),
    violations: [],
    path: null,
    pair: null,
    timings: {
      connect_time: null,
      gather_time: null,
      ice_time: null,
      dtls_time: null,
      first_data_time: null,
      turn_allocate_time: [],
    },
    peers: { offerer: peer(...SRFLX), answerer: peer(...SRFLX) },
    messagesSkipped: 0,
    ...known,
  };
}

const field = someEvidence(anEnd({ candidates: SRFLX.map((text) => candidate(text)) }));
const compare = (code: FailureCode, confidence: Confidence, ...sessions: SessionFinished[]) =>
  compareWithField(field, diagnosis(code, confidence), labCalls(sessions, "reproduced"));

it("is the same where every call fails by the cause, with the kinds of candidates that the field had", () => {
  const { isSame, agrees, differs } = compare("no_turn_server", "certain", session(), session());
  expect([isSame, differs]).toEqual([true, []]);
  expect(agrees).toEqual([
    "the field's call never connected; here: failed",
    "cause: no_turn_server; here: no_turn_server",
    "offerer had host, srflx candidates; here: host, srflx",
  ]);
});

it("is not the same where one call connects, fails by another cause, or has a relay that the field had not", () => {
  const connected = session({ outcome: "connected", failure: null, diagnosis: null });
  expect(compare("no_turn_server", "certain", session(), connected)).toMatchObject({
    isSame: false,
    differs: [
      "the field's call never connected; here: 1 failed, 1 connected",
      "cause: no_turn_server; here: 1 no_turn_server, 1 none",
    ],
  });
  expect(compare("udp_blocked", "likely", session()).isSame).toBe(false);
  const relayed = { offerer: peer(...SRFLX, "relay 34.1.1.1:1000"), answerer: peer() };
  expect(compare("no_turn_server", "certain", session({ peers: relayed })).isSame).toBe(false);
  expect(compare("no_turn_server", "certain").isSame).toBe(false);
});

it("takes another kind that only an engine has for a difference, and no more", () => {
  const hosts = { offerer: peer("host 192.168.1.9:1000"), answerer: peer() };
  const { isSame, differs } = compare("no_turn_server", "certain", session({ peers: hosts }));
  expect([isSame, differs]).toEqual([true, ["offerer had host, srflx candidates; here: host"]]);
});

it("asks for no more than the end's own failure where the field's cause is only possible", () => {
  expect(compare("udp_blocked", "possible", session()).isSame).toBe(true);
  const other = session({ failure: { code: "dtls_failed", message: "" } });
  expect(compare("udp_blocked", "possible", other).isSame).toBe(false);
});

it("takes the better name that the lab has for what an end said", () => {
  const named = session({
    failure: { code: "turn_unauthorized", message: "" },
    diagnosis: diagnosis("turn_wrong_password"),
  });
  expect(compare("turn_unauthorized", "likely", named).isSame).toBe(true);
  expect(compare("turn_quota_reached", "likely", named).isSame).toBe(false);
});

it("wants a call that was lost to be lost here too, and tells ICE's last state", () => {
  const dropped = someEvidence(
    anEnd({
      iceStates: [],
      wasConnected: true,
      connectionStates: [{ state: "failed", atMs: null, at: { file: "a" } }],
    }),
  );
  const lost = session({ outcome: "connected", dropped: true, diagnosis: diagnosis("turn_server_lost") });
  const timeline: RunEvent = {
    type: "session_timeline",
    at: 0,
    scenario: "reproduced",
    session: 1,
    role: "offerer",
    entries: [
      { atMs: 1, step: "ice-state", state: "disconnected" },
      { atMs: 2, step: "ice-state", state: "closed" },
    ],
    pairs: [],
    left: 0,
  };
  const compared = compareWithField(dropped, diagnosis("turn_server_lost"), labCalls([timeline, lost], "reproduced"));
  expect(compared).toMatchObject({ isSame: true, differs: ["ICE of offerer ended as failed; here: disconnected"] });
  expect(compareWithField(dropped, diagnosis("turn_server_lost"), labCalls([session()], "reproduced")).isSame).toBe(
    false,
  );
});
