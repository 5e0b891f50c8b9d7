import { describe, expect, it } from "vitest";
import { endEvidence } from "./end-evidence.ts";
import type { Candidate } from "./model/ice.ts";
import { emptyReport } from "./peer/session.ts";
import { type CallFacts, sameFacts } from "./same-facts.ts";

type Differing = { port?: number; address?: string; code?: "turn_no_answer" | "turn_unauthorized"; waitedMs?: number };

function aCall({
  port = 5000,
  address = "81.2.64.2",
  code = "turn_no_answer",
  waitedMs = 9,
}: Differing = {}): CallFacts {
  const candidate: Candidate = { type: "srflx", protocol: "udp", address, port, priority: 1 };
  const url = "turn:turn.lab.test:3478?transport=udp";
  const failure = { code, message: `no answer from port ${port} within ${waitedMs} ms` };
  const end = endEvidence(port, {
    role: "offerer",
    engine: "werift",
    iceServers: [],
    transportPolicy: "all",
    report: {
      ...emptyReport(failure),
      candidates: [candidate],
      urls: [{ url, outcome: "failed", durationMs: waitedMs, failure }],
    },
    farCandidates: [],
    startedAt: port,
    wasConnected: false,
  });
  return { peers: ["a", "b"], outcome: "failed", ends: [end], signalling: null, changes: [], lost: [], refused: [] };
}

describe("sameFacts", () => {
  it("is one for calls that differ in ports, times and numbers", () => {
    expect(sameFacts(aCall({ port: 6000, waitedMs: 8 }))).toBe(sameFacts(aCall()));
  });

  it("is another for another cause: codes, addresses, peers, changes, servers, credentials, signalling", () => {
    const others: CallFacts[] = [
      aCall({ code: "turn_unauthorized" }),
      aCall({ address: "81.2.65.2" }),
      { ...aCall(), peers: ["a", "c"] },
      { ...aCall(), outcome: "dropped 1" },
      { ...aCall(), changes: [{ text: "server turn was killed" }] },
      { ...aCall(), lost: ["turn"] },
      { ...aCall(), refused: ["own-secret"] },
      { ...aCall(), signalling: { sent: 9, lost: 2, maxDelayMs: 0, early: 0 } },
    ];
    expect(new Set([aCall(), ...others].map(sameFacts)).size).toBe(others.length + 1);
  });
});
