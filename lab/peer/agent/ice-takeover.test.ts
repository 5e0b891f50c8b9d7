import { describe, expect, it, onTestFinished } from "vitest";
import { RTCPeerConnection } from "werift";
import { createUnreliableChannel } from "./unreliable-channel.ts";
import { type IceConnection, iceConnectionOf } from "./werift-internals.ts";

const METHODS = [
  "gatherCandidates",
  "connect",
  "close",
  "addRemoteCandidate",
  "checkStart",
  "checkIncoming",
  "send",
  "appendLocalCandidate",
  "ensureProtocol",
  "pairLocalProtocol",
  "pairRemoteCandidate",
  "getCandidatePromises",
  "sortCheckList",
  "checkComplete",
  "isTcpPair",
  "checkRequestOptions",
  "nominateTcpPairIfReady",
  "nominateTcpPair",
  "stopConsentLifecycle",
  "queryConsent",
  "setState",
] as const satisfies (keyof IceConnection)[];

const FIELDS = [
  "localUsername",
  "checkList",
  "generation",
  "options",
  "remoteCandidates",
  "remoteCandidatesEnd",
  "localCandidatesEnd",
  "protocols",
  "localCandidatesStart",
  "nominating",
  "nominated",
  "earlyChecks",
  "earlyChecksDone",
] as const satisfies (keyof IceConnection)[];

describe("the parts of werift that are replaced", () => {
  it("exist under the names that this room uses", async () => {
    const pc = new RTCPeerConnection({ iceServers: [], iceUseIpv6: false });
    onTestFinished(() => pc.close());
    createUnreliableChannel(pc);
    const connection = iceConnectionOf(pc);
    expect(METHODS.filter((name) => typeof connection[name] !== "function")).toEqual([]);
    expect(FIELDS.filter((name) => !(name in connection))).toEqual([]);
    // The reason for the takeover: without a STUN server, werift would ask one on the internet.
    expect(connection.stunServer).toEqual(["stun.l.google.com", 19302]);
  });
});
