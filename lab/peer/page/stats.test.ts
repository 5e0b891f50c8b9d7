import { describe, expect, it } from "vitest";
import { candidateOf, isAnswerless, mediaOf, relayTransportOf, type Stats, selectedPairOf } from "./stats.ts";

const stats = (id: string, type: string, more: Record<string, unknown>): Stats => ({ id, type, timestamp: 1, ...more });
const pair = (id: string, more: Record<string, unknown>) =>
  stats(id, "candidate-pair", { localCandidateId: "L", remoteCandidateId: "R", ...more });
const ends = [
  stats("L", "local-candidate", { candidateType: "relay", relayProtocol: "tls", address: "34.77.1.10", port: 5 }),
  stats("R", "remote-candidate", { candidateType: "srflx", protocol: "udp", port: 6 }),
];

describe("what getStats() says", () => {
  it("names the pair in use as Chromium does, as Firefox does, and else by its nomination", () => {
    const old = pair("old", { nominated: true, state: "succeeded" });
    const used = (...all: Stats[]) => selectedPairOf([...ends, old, ...all])?.pair.id;
    expect(used(pair("new", {}), stats("T", "transport", { selectedCandidatePairId: "new" }))).toBe("new");
    expect(used(pair("new", { selected: true }))).toBe("new");
    expect(used()).toBe("old");
    expect(selectedPairOf([...ends, pair("one", { nominated: true, state: "in-progress" })])).toBeNull();
  });

  it("gives candidates as they are, with nothing for an address that the browser keeps", () => {
    const [local, remote] = ends;
    if (!local || !remote) throw new Error("two ends");
    expect(candidateOf(remote)).toEqual({ type: "srflx", protocol: "udp", address: "", port: 6, priority: 0 });
    expect([relayTransportOf(local), relayTransportOf(remote)]).toEqual(["tls", null]);
  });

  it("tells pairs that were asked in vain from those that answered or were hardly asked", () => {
    const asked = (requestsSent: number, responsesReceived: number) => pair("p", { requestsSent, responsesReceived });
    expect(isAnswerless([asked(5, 0), asked(9, 0)], 5)).toBe(true);
    expect(isAnswerless([], 5)).toBe(true);
    expect(isAnswerless([asked(5, 0), asked(4, 0)], 5)).toBe(false);
    expect(isAnswerless([asked(9, 1)], 5)).toBe(false);
  });

  it("counts what arrived of each kind, and nothing where nothing did", () => {
    const audio = { kind: "audio", packetsReceived: 9, packetsLost: 1, bytesReceived: 90, jitter: 0.002 };
    expect(mediaOf([stats("A", "inbound-rtp", audio)], ["audio", "video"])).toEqual([
      { kind: "audio", packetsReceived: 9, packetsLost: 1, bytesReceived: 90, jitterMs: 2, framesDecoded: null },
      { kind: "video", packetsReceived: 0, packetsLost: 0, bytesReceived: 0, jitterMs: null, framesDecoded: 0 },
    ]);
  });
});
