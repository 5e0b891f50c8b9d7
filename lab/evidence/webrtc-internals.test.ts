import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { fixture, textFile } from "./test-files.ts";
import { webrtcInternalsReader as reader } from "./webrtc-internals.ts";

const FAILED = "stun-only.offerer.webrtc-internals.json";
const only = (name: string) => {
  const { ends } = reader.read(fixture(name));
  expect(ends).toHaveLength(1);
  return ends[0] as (typeof ends)[0];
};

it("reads a call that failed in Chromium with STUN alone", () => {
  const end = only(FAILED);
  expect(end).toMatchObject({ role: "offerer", engine: "chromium", isGatheringComplete: true, wasConnected: false });
  expect(end.iceServers).toMatchObject([
    { urls: ["stun:turn.lab.test:3478"], hasCredential: false, usernameExpiry: null },
  ]);
  expect(end.candidates.map(({ type, address, url }) => [type, address, url])).toEqual([
    ["host", expect.stringMatching(/\.local$/), undefined],
    ["srflx", "81.2.64.2", "stun:turn.lab.test:3478"],
  ]);
  expect(end.farCandidates.map(({ type, address }) => [type, address])).toEqual([
    ["host", expect.stringMatching(/\.local$/)],
    ["srflx", "81.2.66.2"],
  ]);
  expect(end.iceStates.map(({ state }) => state)).toEqual(["checking", "disconnected"]);
  expect(end.connectionStates.map(({ state }) => state)).toEqual(["connecting", "failed"]);
  expect(end.iceStates[1]?.atMs).toBeGreaterThan(10_000);
  expect(end.descriptions.map(({ side, type }) => `${side} ${type}`)).toEqual(["local offer", "remote answer"]);
  expect(end.pairs).toMatchObject([{ remote: { type: "srflx", address: "81.2.66.2" }, answersReceived: 0 }]);
  expect(end.pairs[0]?.checksSent).toBeGreaterThan(10);
  expect(end.selectedPair).toBeNull();
});

it("leaves out that the name of a server has no IPv6 address, and keeps a name that leads nowhere", () => {
  expect(only(FAILED).urlErrors).toEqual([]);
  const text = Buffer.from(fixture(FAILED).bytes).toString();
  expect(text).toContain("STUN host lookup received error");
  const nowhere = text.replaceAll(/\\"url\\":\\"stun:turn.lab.test:3478\\"\}/g, '\\"url\\":\\"\\"}');
  const dump = JSON.parse(nowhere) as {
    PeerConnections: Record<string, { updateLog: { type: string }[]; stats: unknown }>;
  };
  for (const connection of Object.values(dump.PeerConnections)) {
    connection.updateLog = connection.updateLog.filter(({ type }) => type !== "onicecandidate");
    connection.stats = {};
  }
  const [end] = reader.read(textFile(JSON.stringify(dump))).ends;
  expect(end?.urlErrors).toMatchObject([{ url: "stun:turn.lab.test:3478", errorCode: 701, code: null }]);
});

it("reads a call that was relayed", () => {
  const end = only("relayed.offerer.webrtc-internals.json");
  expect(end.selectedPair).toMatchObject({ local: { type: "relay", address: "34.77.1.10" }, relayProtocol: "udp" });
  expect(end.bytesReceived).toBeGreaterThan(1000);
  expect(end.dtlsStates.map(({ state }) => state)).toEqual(["connected"]);
  expect(end.iceServers?.[1]).toMatchObject({ hasCredential: true });
});

it("reads the shapes of before 2023", () => {
  const candidate =
    "candidate:1 1 udp 1686052607 81.2.64.2 38499 typ srflx raddr 192.168.1.10 rport 43257 generation 0 ufrag abcd";
  const updateLog = [
    { time: "3/1/2021, 9:00:00 AM", type: "createOffer", value: "options: {}" },
    {
      time: "3/1/2021, 9:00:01 AM",
      type: "setLocalDescription",
      value: "type: offer, sdp: v=0\r\na=ice-ufrag:abcd\r\n",
    },
    {
      time: "3/1/2021, 9:00:01 AM",
      type: "icecandidate",
      value: `sdpMid: audio, sdpMLineIndex: 0, candidate: ${candidate}`,
    },
    {
      time: "3/1/2021, 9:00:11 AM",
      type: "icecandidateerror",
      value:
        "url: turn:turn.example.org:3478?transport=udp\naddress: 192.168.1.x\nport: 43257\nhost_candidate: 192.168.1.x:43257\nerror_text: TURN allocate request timed out.\nerror_code: 701",
    },
    { time: "3/1/2021, 9:00:12 AM", type: "iceConnectionStateChange", value: "ICEConnectionStateChecking" },
    { time: "3/1/2021, 9:00:30 AM", type: "iceconnectionstatechange (legacy)", value: "failed" },
  ];
  const rtcConfiguration =
    "{ iceServers: [stun:stun.example.org, turn:turn.example.org:3478?transport=udp], iceTransportPolicy: relay, bundlePolicy: balanced }";
  const dump = {
    getUserMedia: [],
    PeerConnections: {
      "12-3": {
        rtcConfiguration,
        constraints: "",
        url: "https://app.example/",
        stats: { "Conn-audio-1-0-googLocalAddress": { statsType: "googCandidatePair", values: '["192.168.1.10"]' } },
        updateLog,
      },
    },
  };
  const { ends, notUnderstood } = reader.read(textFile(JSON.stringify(dump)));
  expect(ends[0]).toMatchObject({
    role: "offerer",
    transportPolicy: "relay",
    iceServers: [
      { urls: ["stun:stun.example.org"] },
      { urls: ["turn:turn.example.org:3478?transport=udp"], hasCredential: true },
    ],
    candidates: [{ type: "srflx", address: "81.2.64.2", relatedAddress: "192.168.1.10", relatedPort: 43257 }],
    urlErrors: [
      {
        url: "turn:turn.example.org:3478?transport=udp",
        errorCode: 701,
        text: "TURN allocate request timed out.",
        hostCandidate: "192.168.1.x:43257",
        atMs: 11_000,
      },
    ],
    iceStates: [
      { state: "checking", atMs: 12_000 },
      { state: "failed", atMs: 30_000 },
    ],
  });
  expect(notUnderstood).toEqual([expect.stringContaining("legacy statistics")]);
});

it("recognizes a dump by its content, packed or not, and nothing else", () => {
  const { bytes } = fixture(FAILED);
  expect(reader.recognizes({ name: "x", bytes })).toBe(true);
  expect(reader.recognizes({ name: "x", bytes: gzipSync(bytes) })).toBe(true);
  expect(reader.read({ name: "x", bytes: gzipSync(bytes) }).ends).toHaveLength(1);
  expect(reader.recognizes(fixture("relayed.get-stats.json"))).toBe(false);
  expect(reader.recognizes(fixture("stun-only.offerer.about-webrtc.html"))).toBe(false);
  expect(reader.recognizes({ name: "x", bytes: new Uint8Array([0, 1, 2, 3]) })).toBe(false);
});

it("reads of a dump that is cut off what is whole, and says so", () => {
  const text = Buffer.from(fixture(FAILED).bytes).toString();
  const { ends, notUnderstood } = reader.read(
    textFile(text.slice(0, text.indexOf('"onconnectionstatechange"') - 200), "half.json"),
  );
  expect(notUnderstood[0]).toMatch(/^half.json: it is cut off/);
  expect(ends[0]?.candidates.map(({ type }) => type)).toContain("srflx");
  expect(ends[0]?.connectionStates).toEqual([]);
});

it("refuses a dump without a peer connection, and one that is damaged in its middle", () => {
  const empty = JSON.stringify({ getUserMedia: [], PeerConnections: {}, UserAgent: "Mozilla/5.0" });
  expect(() => reader.read(textFile(empty, "empty.json"))).toThrow(
    /^empty.json: .*not a single peer connection. Open chrome/,
  );
  const text = Buffer.from(fixture(FAILED).bytes).toString();
  expect(() => reader.read(textFile(text.replace('"updateLog": [', '"updateLog": [ }'), "bad.json"))).toThrow(
    /damaged in its middle/,
  );
});
