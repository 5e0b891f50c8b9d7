import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { readEvidence } from "./read-evidence.ts";
import { EvidenceError } from "./reader.ts";
import { fixture, textFile } from "./test-files.ts";

it.each([
  ["Chromium", "webrtc-internals.json"],
  ["Firefox", "about-webrtc.html"],
])("joins the dumps of both ends of a call by %s", (_, kind) => {
  const { evidence, otherCalls, files } = readEvidence([
    fixture(`stun-only.answerer.${kind}`),
    fixture(`stun-only.offerer.${kind}`),
  ]);
  expect(otherCalls).toEqual([]);
  expect(evidence.ends.map(({ role }) => role)).toEqual(["answerer", "offerer"]);
  expect(new Set(evidence.ends.map(({ name }) => name)).size).toBe(2);
  // What Firefox says of itself nowhere, the other end was told.
  expect(
    evidence.ends.map(({ candidates }) =>
      candidates.filter(({ type }) => type === "srflx").map(({ address }) => address),
    ),
  ).toEqual([["81.2.66.2"], ["81.2.64.2"]]);
  expect(files.map(({ notUnderstood }) => notUnderstood)).toEqual([[], []]);
  expect(JSON.stringify(evidence)).not.toContain('"marks"');
});

it("keeps two calls apart, the one that failed first", () => {
  const { evidence, otherCalls } = readEvidence([
    fixture("relayed.offerer.webrtc-internals.json"),
    fixture("stun-only.offerer.webrtc-internals.json"),
  ]);
  expect(evidence.ends).toHaveLength(1);
  expect(evidence.ends[0]?.connectionStates.at(-1)?.state).toBe("failed");
  expect(otherCalls).toHaveLength(1);
});

it("adds to an end what another file says of it: by its addresses, or as the only one", () => {
  const dump = fixture("stun-only.offerer.webrtc-internals.json");
  const [own] = readEvidence([dump]).evidence.ends;
  const srflx = own?.candidates.find(({ type }) => type === "srflx");
  const log = textFile(
    `onicecandidate candidate:1 1 udp 1 ${srflx?.address} ${srflx?.port} typ srflx raddr 10.0.0.2 rport 1000`,
  );
  const errors = textFile('{"errorCode":701,"errorText":"timed out","url":"turn:t.example:3478"}', "errors.json");
  const { evidence, otherCalls } = readEvidence([dump, log, errors]);
  expect(otherCalls).toEqual([]);
  expect(evidence.ends).toHaveLength(1);
  expect(evidence.ends[0]?.candidates).toContainEqual(
    expect.objectContaining({ type: "srflx", relatedAddress: "10.0.0.2" }),
  );
  expect(evidence.ends[0]?.urlErrors).toMatchObject([{ url: "turn:t.example:3478" }]);
});

it("joins both ends of a session in a run's log", () => {
  const { evidence } = readEvidence([fixture("stun-only.run.jsonl")]);
  expect(evidence.ends.map(({ role }) => role).sort()).toEqual(["answerer", "offerer"]);
});

it("reads the same of every encoding", () => {
  const text =
    "onicecandidate candidate:1 1 udp 1 81.2.64.2 4711 typ srflx raddr 10.0.0.2 rport 1000\nICE connection state: checking → failed, schön";
  const swapped = Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  const encoded: [string, Buffer][] = [
    ["utf8", Buffer.from(text)],
    ["utf8-bom", Buffer.from(`\ufeff${text}`)],
    ["utf16le", Buffer.from(`\ufeff${text}`, "utf16le")],
    ["utf16le without bom", Buffer.from(text, "utf16le")],
    ["utf16be", swapped],
    ["latin1", Buffer.from(text.replace("→", "->"), "latin1")],
    ["gzip", gzipSync(Buffer.from(text))],
  ];
  const seen = encoded.map(([name, bytes]) => {
    const [end] = readEvidence([{ name: "a.log", bytes }]).evidence.ends;
    return [name, end?.candidates.length, end?.iceStates.map(({ state }) => state).join()];
  });
  expect(seen).toEqual(encoded.map(([name]) => [name, 1, "checking,failed"]));
});

const messageOf = (...files: Parameters<typeof readEvidence>[0]): string => {
  try {
    readEvidence(files);
  } catch (error) {
    expect(error).toBeInstanceOf(EvidenceError);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
};

it("refuses what it cannot read, every file in one message", () => {
  const message = messageOf(
    textFile("", "empty.log"),
    { name: "photo.png", bytes: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]) },
    textFile("hello", "notes.txt"),
  );
  expect(message.split("\n")).toEqual([
    expect.stringMatching(/^empty.log: expected .*webrtc-internals dump.*found an empty file/),
    expect.stringMatching(/^photo.png: expected .*found 8 bytes/),
    expect.stringMatching(/^notes.txt: expected /),
  ]);
  expect(messageOf()).toMatch(/at least one file/);
});

it("refuses a damaged gzip, and a text that is too large, with what to do", () => {
  const packed = gzipSync(fixture("stun-only.offerer.webrtc-internals.json").bytes);
  expect(messageOf({ name: "cut.gz", bytes: packed.subarray(0, packed.length / 2) })).toMatch(
    /^cut.gz: expected a whole gzip/,
  );
  const bomb = gzipSync(Buffer.alloc(130 * 1024 * 1024, 32), { level: 1 });
  expect(messageOf({ name: "huge.gz", bytes: bomb })).toMatch(
    /^huge.gz: expected at most 128 MB of text, .*the dump of one call/,
  );
});

it("refuses a call that did not fail, and what says nothing of a call", () => {
  expect(messageOf(fixture("relayed.offerer.webrtc-internals.json"))).toMatch(
    /^expected a call that failed, found one that connected/,
  );
  expect(messageOf(fixture("relayed.offerer.about-webrtc.html"))).toMatch(/found one that connected/);
  expect(messageOf(textFile("iceServers: [{urls: 'stun:s.example'}]", "config.js"))).toMatch(/only lists of servers/);
});
