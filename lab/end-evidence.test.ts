import { describe, expect, it } from "vitest";
import { endEvidence, type ReportedEnd } from "./end-evidence.ts";
import type { Candidate } from "./model/ice.ts";
import { emptyReport } from "./peer/session.ts";

const host: Candidate = { type: "host", protocol: "udp", address: "192.168.1.20", port: 5000, priority: 1 };
const far: Candidate = { ...host, address: "192.168.1.30", port: 6000 };
const end = (more: Partial<ReportedEnd> = {}): ReportedEnd => ({
  role: "offerer",
  engine: "werift",
  iceServers: [{ urls: ["turn:turn.lab.test:3478?transport=udp"], username: "1800000000:a", credential: "hidden" }],
  transportPolicy: "all",
  report: {
    ...emptyReport({ code: "turn_unauthorized", message: "401 Unauthorized" }),
    candidates: [host],
    urls: [
      {
        url: "turn:turn.lab.test:3478?transport=udp",
        outcome: "failed",
        durationMs: 12,
        failure: { code: "turn_unauthorized", message: "401 Unauthorized" },
      },
    ],
  },
  farCandidates: [far],
  startedAt: 1_000,
  wasConnected: false,
  ...more,
});

describe("endEvidence", () => {
  it("says where each thing stands, and no password", () => {
    const evidence = endEvidence(3, end());
    expect(evidence.urlErrors).toEqual([
      {
        url: "turn:turn.lab.test:3478?transport=udp",
        errorCode: null,
        text: "401 Unauthorized",
        code: "turn_unauthorized",
        hostCandidate: null,
        atMs: 12,
        at: { file: "run.jsonl", path: "session 3: peers.offerer.urls[0]" },
      },
    ]);
    expect(evidence.iceServers?.[0]).toMatchObject({ usernameExpiry: 1_800_000_000, hasCredential: true });
    expect(evidence.farCandidates).toMatchObject([{ address: "192.168.1.30" }]);
    expect(JSON.stringify(evidence)).not.toContain("hidden");
  });

  it("takes from a whole timeline what came over, and steps of any kind", () => {
    const entries = [
      { atMs: 1, step: "description-sent", kind: "offer" },
      { atMs: 2, step: "ice-state", state: "checking" },
      { atMs: 3, step: "permission-refused", peer: "10.0.0.1:9", message: "403 Forbidden IP" },
    ] as const;
    const evidence = endEvidence(1, end({ timeline: { entries: [...entries], pairs: [], left: 0 } }));
    expect(evidence.farCandidates).toEqual([]);
    expect(evidence.iceStates).toMatchObject([{ state: "checking", atMs: 2 }]);
    expect(evidence.descriptions).toMatchObject([{ side: "local", type: "offer" }]);
    expect(evidence.refusedPermissions).toMatchObject([{ peer: "10.0.0.1:9", errorNumber: 403 }]);
    const cut = endEvidence(1, end({ timeline: { entries: [...entries], pairs: [], left: 5 } }));
    expect(cut.farCandidates).toHaveLength(1);
  });
});
