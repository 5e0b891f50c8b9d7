import { expect, it } from "vitest";
import { applicationLogReader as reader } from "./application-log.ts";
import { textFile } from "./test-files.ts";

const read = (...lines: string[]) => {
  const { ends, notUnderstood } = reader.read(textFile(lines.join("\n")));
  return { end: ends[0] as (typeof ends)[0], notUnderstood };
};
const shown = (list: readonly { type: string; address: string; port: number }[]) =>
  list.map(({ type, address, port }) => `${type} ${address}:${port}`);

const HOST = "candidate:1 1 udp 2122260223 192.168.1.10 43257 typ host generation 0 ufrag aaaa";
const SRFLX =
  "candidate:2 1 UDP 1686052607 81.2.64.2 38499 typ srflx raddr 192.168.1.10 rport 43257 generation 0 ufrag aaaa";
const FAR =
  "candidate:9 1 udp 41885439 198.51.100.7 50000 typ relay raddr 203.0.113.9 rport 4711 generation 0 ufrag bbbb";

it("tells whose a candidate is by the words before it, however it is written", () => {
  const { end, notUnderstood } = read(
    `[12:00:01] onicecandidate {"candidate":"${HOST}","sdpMid":"0","sdpMLineIndex":0}`,
    `[12:00:01] ws -> "{\\"type\\":\\"ice\\",\\"candidate\\":\\"${SRFLX}\\"}"`,
    "Received ICE candidate:",
    `  RTCIceCandidate {candidate: '${FAR}', sdpMid: '0', sdpMLineIndex: 0}`,
  );
  expect(shown(end.candidates)).toEqual(["host 192.168.1.10:43257", "srflx 81.2.64.2:38499"]);
  expect(shown(end.farCandidates)).toEqual(["relay 198.51.100.7:50000"]);
  expect(end.candidates[1]).toMatchObject({
    relatedAddress: "192.168.1.10",
    relatedPort: 43257,
    at: { file: "app.log", line: 2 },
  });
  expect(notUnderstood).toEqual([]);
});

it("goes by the usernameFragment where only some have words, and says where nothing tells", () => {
  const { end, notUnderstood } = read(
    `addIceCandidate ${FAR}`,
    "",
    "",
    "",
    FAR.replace("50000", "50001"),
    "",
    "",
    "",
    HOST,
  );
  expect(shown(end.farCandidates)).toEqual(["relay 198.51.100.7:50000", "relay 198.51.100.7:50001"]);
  expect(shown(end.candidates)).toEqual(["host 192.168.1.10:43257"]);
  expect(notUnderstood).toEqual(["app.log: nothing says whose 1 candidate is: it is taken as this end's"]);
});

const sdp = (setup: string, ufrag: string, candidate: string) => [
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  `a=ice-ufrag:${ufrag}`,
  "a=ice-pwd:secretsecretsecret",
  `a=setup:${setup}`,
  `a=${candidate}`,
  "a=end-of-candidates",
];

it("reads SDP: one alone, and an offer with its answer", () => {
  const alone = read(...sdp("actpass", "aaaa", HOST));
  expect(shown(alone.end.candidates)).toEqual(["host 192.168.1.10:43257"]);
  expect(alone.notUnderstood).toHaveLength(1);
  const both = read(...sdp("actpass", "aaaa", HOST), "", ...sdp("active", "bbbb", FAR));
  expect(shown(both.end.candidates)).toEqual(["host 192.168.1.10:43257"]);
  expect(shown(both.end.farCandidates)).toEqual(["relay 198.51.100.7:50000"]);
  expect(both.end.role).toBe("offerer");
  expect(both.notUnderstood).toEqual([expect.stringContaining("nothing says whose the offer is")]);
  const escaped = JSON.stringify({ type: "offer", sdp: sdp("actpass", "aaaa", HOST).join("\r\n") });
  const told = read(`setRemoteDescription ${escaped}`);
  expect(shown(told.end.farCandidates)).toEqual(["host 192.168.1.10:43257"]);
  expect(told.end.role).toBe("answerer");
});

it("reads states in the words of logs, with their time", () => {
  const { end } = read(
    "2026-11-20T10:00:00.000Z ICE connection state: checking",
    "2026-11-20T10:00:15.500Z iceConnectionState changed to: disconnected",
    "2026-11-20T10:00:20.000Z ICE connection state: `disconnected` â†’ `failed`",
    "2026-11-20T10:00:20.000Z connectionState: failed",
    "2026-11-20T10:00:20.000Z iceGatheringState: complete",
    "Look for `ICE Connection State: connected` in the console",
  );
  expect(end.iceStates.map(({ state, atMs }) => [state, atMs])).toEqual([
    ["checking", 0],
    ["disconnected", 15_500],
    ["failed", 20_000],
  ]);
  expect(end.connectionStates).toMatchObject([{ state: "failed", at: { line: 4 } }]);
  expect(end).toMatchObject({ isGatheringComplete: true, wasConnected: false, startedAt: Date.UTC(2026, 10, 20, 10) });
});

it("reads icecandidateerror events: JSON, an object over many lines, a line", () => {
  const { end } = read(
    JSON.stringify([
      {
        address: "192.168.1.x",
        port: 50000,
        hostCandidate: "192.168.1.x:50000",
        url: "turn:a.example:3478?transport=udp",
        errorCode: 701,
        errorText: "TURN allocate request timed out.",
      },
      { url: "turn:a.example:3478?transport=tcp", errorCode: 401, errorText: "Unauthorized" },
    ]),
    "RTCPeerConnectionIceErrorEvent {",
    "  isTrusted: true,",
    "  address: '10.0.0.x',",
    "  port: 4711,",
    "  url: 'turns:b.example:5349?transport=tcp',",
    "  errorCode: 701,",
    "  errorText: 'TURN server allocate error.',",
    "}",
    "onicecandidateerror 701 stun:c.example:3478 STUN binding request timed out.",
  );
  expect(end.urlErrors.map(({ url, errorCode, hostCandidate }) => [url, errorCode, hostCandidate])).toEqual([
    ["turn:a.example:3478?transport=udp", 701, "192.168.1.x:50000"],
    ["turn:a.example:3478?transport=tcp", 401, null],
    ["turns:b.example:5349?transport=tcp", 701, "10.0.0.x:4711"],
    ["stun:c.example:3478", 701, null],
  ]);
  expect(end.iceServers).toBeNull();
});

it("keeps of a list of servers the URLs and when it expires, and never what opens it", () => {
  const { end } = read(
    'iceServers: [{"urls":["stun:s.example"]},{"urls":"turn:t.example:3478","username":"1795225925:alice","credential":"Pa55word"}]',
    "  {",
    "    urls: 'turns:u.example:443',",
    "    username: 'bob',",
    "    credential: 'hunter2'",
    "  }",
    "iceConnectionState failed",
  );
  expect(end.iceServers?.map(({ at: _, ...one }) => one)).toEqual([
    { urls: ["stun:s.example"], usernameExpiry: null, hasCredential: false },
    { urls: ["turn:t.example:3478"], usernameExpiry: 1795225925, hasCredential: true },
    { urls: ["turns:u.example:443"], usernameExpiry: null, hasCredential: true },
  ]);
  expect(JSON.stringify(end)).not.toMatch(/Pa55word|hunter2|alice|bob/);
});

it("quotes lines without what opens anything", () => {
  const { end } = read(
    '12:00:01 onicecandidateerror 701 turn:t.example {"username":"alice","credential":"Pa55word"}',
    "12:00:31 ICE connection timed out (password=hunter2)",
  );
  expect(end.urlErrors).toMatchObject([{ url: "turn:t.example", errorCode: 701 }]);
  expect(end.failure).toEqual({ code: "session_timeout", message: "ICE connection timed out (password=***" });
  expect(JSON.stringify(end)).not.toMatch(/alice|Pa55word|hunter2/);
});

it("reads notes on a call: two relays at two ends, and not what ought to happen", () => {
  const { end } = read(
    "5. ICE connection state: `disconnected` → `failed`",
    "- **Client (1002 - Electron):** Generated relay from `198.51.100.166:49185` (cloud TURN)",
    "- **Server (Asterisk):** Generated relay from `198.51.100.166:49178` (local coturn)",
    "### Success Criteria:",
    "1. ICE Connection State: `connected` or `completed`",
    "2. Connection State: `connected`",
  );
  expect(shown(end.candidates)).toEqual(["relay 198.51.100.166:49185"]);
  expect(shown(end.farCandidates)).toEqual(["relay 198.51.100.166:49178"]);
  expect(end.iceStates.map(({ state }) => state)).toEqual(["disconnected", "failed"]);
  expect(end.connectionStates).toEqual([]);
});

it.each([
  "",
  "GET / HTTP/1.1 200",
  "the candidate failed the exam",
  "connection closed by host 10.0.0.1:22",
  "electron 12 relay 3",
])("takes %j for nothing of a call", (text) => {
  expect(reader.recognizes(textFile(text))).toBe(false);
});
