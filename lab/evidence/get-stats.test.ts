import { describe, expect, it } from "vitest";
import { getStatsReader as reader } from "./get-stats.ts";
import { fixture, textFile } from "./test-files.ts";

type Stat = { id: string; type: string; usernameFragment?: string };
const LIST = JSON.parse(Buffer.from(fixture("relayed.get-stats.json").bytes).toString()) as Stat[];
const BY_ID = Object.fromEntries(LIST.map((stat) => [stat.id, stat]));

describe.each([
  ["a list", LIST],
  ["an object by id", BY_ID],
  ["entries of the Map", LIST.map((stat) => [stat.id, stat])],
  ["several snapshots", [LIST, LIST]],
  [
    "snapshots with a time",
    [
      { at: 1, stats: BY_ID },
      { at: 2, stats: BY_ID },
    ],
  ],
  ["a wrapped one", { room: "a", webrtc: { stats: LIST } }],
])("%s", (_, value) => {
  it.each([undefined, 2])("is read, indented by %s", (indent) => {
    const file = textFile(JSON.stringify(value, null, indent), "stats.json");
    expect(reader.recognizes(file)).toBe(true);
    const { ends } = reader.read(file);
    expect(ends).toHaveLength(1);
    const [end] = ends;
    expect(end?.selectedPair?.local.type).toMatch(/relay|prflx|host|srflx/);
    expect(end?.candidates.some(({ type, url }) => type === "relay" && url?.includes("transport=tcp"))).toBe(true);
    expect(end?.dtlsStates.map(({ state }) => state)).toEqual(["connected"]);
    expect(end?.bytesReceived).toBeGreaterThan(0);
    expect(end?.pairs.find(({ state }) => state === "succeeded")?.answersReceived).toBeGreaterThan(0);
  });
});

it("reads both ends of a session out of a run's log", () => {
  const file = fixture("stun-only.run.jsonl");
  expect(reader.recognizes(file)).toBe(true);
  const { ends } = reader.read(file);
  expect(ends.map(({ role }) => role).sort()).toEqual(["answerer", "offerer"]);
  expect(ends[0]?.candidates[0]).toMatchObject({ type: "srflx", url: "stun:turn.lab.test:3478", at: { line: 1 } });
});

it("tells the snapshots of two peer connections apart", () => {
  const other = JSON.parse(
    JSON.stringify(LIST)
      .replaceAll(/"(id|localCandidateId|selectedCandidatePairId)":"/g, '"$1":"x')
      .replaceAll(/"usernameFragment":"/g, '"usernameFragment":"y'),
  ) as Stat[];
  const { ends, understood } = reader.read(textFile(JSON.stringify([LIST, other, LIST, other])));
  expect(ends.map(({ name }) => name)).toEqual(["peer connection 1 of getStats()", "peer connection 2 of getStats()"]);
  expect(understood).toBe("getStats() JSON, 4 snapshots of 2 peer connections");
});

it("says what getStats() cannot tell, and refuses what has no candidates", () => {
  expect(reader.read(textFile(JSON.stringify(LIST))).notUnderstood).toEqual([expect.stringContaining("no event")]);
  const rtp = textFile(JSON.stringify([{ id: "a", type: "inbound-rtp", bytesReceived: 1 }]), "rtp.json");
  expect(reader.recognizes(rtp)).toBe(false);
  expect(() => reader.read(rtp)).toThrow(/^rtp.json: expected statistics with candidates/);
});
