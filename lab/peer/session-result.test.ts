import { describe, expect, it } from "vitest";
import { type Candidate, type CandidateType, pathClass } from "../model/ice.ts";
import type { SessionEnded } from "./protocol.ts";
import { combine, pickFailure } from "./session-result.ts";

const candidate = (type: CandidateType, address: string, port = 1): Candidate => ({
  type,
  protocol: "udp",
  address,
  port,
  priority: 1,
});

function ended(overrides: Partial<SessionEnded> = {}, marks: Partial<SessionEnded["marks"]> = {}): SessionEnded {
  return {
    type: "ended",
    session: 1,
    connected: true,
    dropped: false,
    marks: {
      joinedAtMs: 1_000,
      gatheringStartedAtMs: 1_010,
      gatheringEndedAtMs: 1_030,
      remoteDescriptionAtMs: 1_020,
      pairSelectedAtMs: 1_050,
      dtlsConnectedAtMs: 1_150,
      channelOpenAtMs: 1_160,
      firstDataAtMs: 1_165,
      endedAtMs: 1_400,
      ...marks,
    },
    turnAllocateMs: [7],
    messagesSkipped: 1,
    recoveries: [],
    report: {
      candidates: [candidate("host", "10.0.0.2"), candidate("relay", "34.0.0.1")],
      urls: [],
      selectedPair: { local: candidate("host", "10.0.0.2"), remote: candidate("relay", "34.0.0.1") },
      selectedUrl: null,
      selectedTransport: null,
      messagesSent: 5,
      messagesReceived: 5,
      failure: null,
    },
    ...overrides,
  };
}

describe("combine", () => {
  it("measures from the offerer's joining to the later end", () => {
    const { timings } = combine({
      offerer: ended({ turnAllocateOver: ["tls"] }),
      answerer: ended({}, { joinedAtMs: 990, channelOpenAtMs: 1_175, firstDataAtMs: 1_180 }),
    });
    expect(timings).toEqual({
      connect_time: 175,
      gather_time: 20,
      ice_time: 30,
      dtls_time: 100,
      first_data_time: 180,
      turn_allocate_time: [7, 7],
      turn_allocate_of: [
        { role: "offerer", transport: "tls" },
        { role: "answerer", transport: null },
      ],
    });
  });

  it("has no time for what one peer did not reach", () => {
    const { timings } = combine({ offerer: ended(), answerer: ended({}, { gatheringEndedAtMs: null }) });
    expect(timings.gather_time).toBeNull();
  });

  it("names each end by the address that the far peer sends to", () => {
    const answerer = ended();
    const local = candidate("relay", "34.0.0.1");
    answerer.report.selectedPair = { local, remote: candidate("prflx", "34.0.0.9", 77) };
    expect(combine({ offerer: ended(), answerer }).pair).toEqual({ offerer: "prflx", answerer: "relay" });
  });

  it("calls an end that sends through its TURN server a relay, though the far peer saw an address never gathered", () => {
    const offerer = ended();
    const answerer = ended();
    // A wrong external-ip: the server claims 10.9.9.9 and sends from 34.0.0.9.
    offerer.report.candidates = [candidate("relay", "10.9.9.9", 50_000)];
    offerer.report.selectedTransport = "udp";
    answerer.report.candidates = [candidate("host", "10.0.0.2")];
    answerer.report.selectedPair = { local: candidate("host", "10.0.0.2"), remote: candidate("prflx", "34.0.0.9", 1) };
    offerer.report.selectedPair = { local: candidate("relay", "10.9.9.9"), remote: candidate("prflx", "34.5.5.5", 7) };
    const { pair } = combine({ offerer, answerer });
    expect(pair).toEqual({ offerer: "relay", answerer: "prflx" });
    expect(pair && pathClass(pair.offerer, pair.answerer, false)).toBe("relayed");
  });

  it("has no connect time and no pair when one end did not connect", () => {
    const answerer = ended({ connected: false });
    answerer.report.failure = { code: "data_failed", message: "x" };
    const result = combine({ offerer: ended(), answerer });
    expect(result).toMatchObject({ outcome: "failed", pair: null, failure: { code: "data_failed" } });
    expect(result.timings.connect_time).toBeNull();
    expect(result.timings.first_data_time).toBeNull();
  });

  it("is dropped when either end lost a connected session, with the reason", () => {
    const answerer = ended({ dropped: true });
    answerer.report.failure = { code: "data_failed", message: "lost" };
    expect(combine({ offerer: ended(), answerer })).toMatchObject({
      outcome: "connected",
      dropped: true,
      failure: { message: "lost" },
    });
  });
});

describe("pickFailure", () => {
  const of = (
    code: "ice_failed" | "turn_unauthorized" | "turn_no_answer" | "stun_no_answer" | "peer_crashed" | "dtls_failed",
  ) => ({
    code,
    message: "",
  });

  it("takes the more telling of two reasons", () => {
    expect(pickFailure(of("ice_failed"), of("turn_unauthorized"))?.code).toBe("turn_unauthorized");
    expect(pickFailure(of("turn_no_answer"), of("turn_unauthorized"))?.code).toBe("turn_unauthorized");
    expect(pickFailure(of("peer_crashed"), of("turn_unauthorized"))?.code).toBe("peer_crashed");
    expect(pickFailure(of("ice_failed"), of("dtls_failed"))?.code).toBe("dtls_failed");
    expect(pickFailure(of("ice_failed"), of("stun_no_answer"))?.code).toBe("stun_no_answer");
    expect(pickFailure(null, of("ice_failed"))?.code).toBe("ice_failed");
    expect(pickFailure(null, null)).toBeNull();
  });
});
