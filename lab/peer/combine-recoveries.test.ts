import { describe, expect, it } from "vitest";
import type { Candidate, CandidateType } from "../model/ice.ts";
import type { Role } from "../model/scenario.ts";
import { combineRecoveries } from "./combine-recoveries.ts";
import type { PeerPath, PeerRecovery, SessionEnded } from "./protocol.ts";

const candidate = (type: CandidateType, port: number): Candidate => ({
  type,
  protocol: "udp",
  address: "34.0.0.1",
  port,
  priority: 1,
});

const relayed = (own: number, far: number, server: string): PeerPath => ({
  local: candidate("relay", own),
  remote: candidate("relay", far),
  url: `turn:${server}:3478?transport=udp`,
  transport: "udp",
});

const seen = (changes: Partial<PeerRecovery>): PeerRecovery => ({
  silentSinceMs: null,
  noticedAtMs: null,
  restartedAtMs: null,
  selectedAtMs: null,
  recoveredAtMs: null,
  before: relayed(1, 2, "first"),
  after: null,
  ...changes,
});

function combined(offerer: PeerRecovery[], answerer: PeerRecovery[], endedAtMs: [number, number] = [20_000, 20_050]) {
  const ended = (recoveries: PeerRecovery[], at: number) =>
    ({ recoveries, marks: { endedAtMs: at }, report: { candidates: [] } }) as unknown as SessionEnded;
  const peers: Record<Role, SessionEnded> = {
    offerer: ended(offerer, endedAtMs[0]),
    answerer: ended(answerer, endedAtMs[1]),
  };
  return combineRecoveries(peers);
}

describe("combineRecoveries", () => {
  it("counts from the last data at either end until data has come at both", () => {
    const after = relayed(3, 4, "second");
    const [recovery, ...more] = combined(
      [
        seen({
          silentSinceMs: 1_010,
          noticedAtMs: 6_010,
          restartedAtMs: 6_020,
          selectedAtMs: 6_300,
          recoveredAtMs: 6_310,
          after,
        }),
      ],
      [
        seen({
          silentSinceMs: 1_000,
          noticedAtMs: 6_000,
          restartedAtMs: 6_005,
          selectedAtMs: 6_290,
          recoveredAtMs: 6_400,
          after,
        }),
      ],
    );
    expect(more).toEqual([]);
    expect(recovery).toEqual({
      agoMs: 19_050,
      isSilence: true,
      noticedAfterMs: 5_000,
      restartedAfterMs: 5_005,
      selectedAfterMs: 5_300,
      recoveredAfterMs: 5_400,
      pairBefore: "relay-relay",
      pairAfter: "relay-relay",
      urlBefore: { offerer: "turn:first:3478?transport=udp", answerer: "turn:first:3478?transport=udp" },
      urlAfter: { offerer: "turn:second:3478?transport=udp", answerer: "turn:second:3478?transport=udp" },
    });
  });

  it("has one silence where one end heard all along, and it alone says when it was over", () => {
    const [recovery] = combined(
      [seen({ restartedAtMs: 6_020, selectedAtMs: 6_300 })],
      [
        seen({
          silentSinceMs: 1_000,
          noticedAtMs: 6_000,
          restartedAtMs: 6_005,
          selectedAtMs: 6_290,
          recoveredAtMs: 6_350,
        }),
      ],
    );
    expect(recovery).toMatchObject({ isSilence: true, recoveredAfterMs: 5_350, selectedAfterMs: 5_300 });
  });

  it("is not recovered while one end still hears nothing", () => {
    const [recovery] = combined(
      [seen({ silentSinceMs: 1_000, noticedAtMs: 6_000, recoveredAtMs: 6_500 })],
      [seen({ silentSinceMs: 1_000, noticedAtMs: 6_000 })],
    );
    expect(recovery).toMatchObject({
      isSilence: true,
      recoveredAfterMs: null,
      restartedAfterMs: null,
      pairAfter: null,
    });
  });

  it("tells silences apart that follow each other, and a restart without one", () => {
    const all = combined(
      [
        seen({ restartedAtMs: 500, selectedAtMs: 600 }),
        seen({ silentSinceMs: 1_000, noticedAtMs: 2_000, recoveredAtMs: 2_500 }),
        seen({ silentSinceMs: 4_000, noticedAtMs: 5_000 }),
      ],
      [
        seen({ restartedAtMs: 510, selectedAtMs: 590 }),
        seen({ silentSinceMs: 1_005, noticedAtMs: 2_005, recoveredAtMs: 2_505 }),
        seen({ silentSinceMs: 4_005, noticedAtMs: 5_005, recoveredAtMs: 5_500 }),
      ],
    );
    expect(all.map(({ isSilence, recoveredAfterMs }) => [isSilence, recoveredAfterMs])).toEqual([
      [false, null],
      [true, 1_505],
      [true, null],
    ]);
    expect(all[0]?.selectedAfterMs).toBe(100);
  });

  it("is empty where nothing happened, and knows no pair where one end died without a word", () => {
    expect(combined([], [])).toEqual([]);
    const [recovery] = combined([seen({ silentSinceMs: 1_000, noticedAtMs: 6_000 })], []);
    expect(recovery).toMatchObject({ pairBefore: null, selectedAfterMs: null, urlBefore: { answerer: null } });
  });
});
