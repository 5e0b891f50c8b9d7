import { expect, it } from "vitest";
import { aboutWebrtcReader as reader } from "./about-webrtc.ts";
import { fixture, textFile } from "./test-files.ts";

it("reads a page that Firefox saved of a call that failed with STUN alone", () => {
  const { ends, understood, notUnderstood } = reader.read(fixture("stun-only.offerer.about-webrtc.html"));
  expect(understood).toBe("about:webrtc dump, 1 peer connection");
  expect(notUnderstood).toEqual([]);
  const [end] = ends;
  expect(end).toMatchObject({
    role: "offerer",
    engine: "firefox",
    transportPolicy: "all",
    isGatheringComplete: true,
    wasConnected: false,
    selectedPair: null,
    iceServers: [{ urls: ["stun:turn.lab.test:3478"], hasCredential: false }],
    pairs: [{ state: "failed", remote: { type: "srflx", address: "81.2.66.2", port: 55002 } }],
  });
  expect(end?.candidates).toMatchObject([
    { type: "host", protocol: "tcp", port: 9 },
    { type: "host", address: "192.168.1.10" },
  ]);
  expect(end?.farCandidates.map(({ type, protocol }) => `${type} ${protocol}`)).toEqual([
    "host udp",
    "srflx udp",
    "host tcp",
  ]);
  expect(end?.iceStates.map(({ state }) => state)).toEqual(["checking", "failed"]);
  expect(end?.descriptions).toMatchObject([
    { side: "local", type: "offer", atMs: 0 },
    { side: "remote", type: "answer" },
  ]);
});

it("reads the pair and the relay of a call that connected", () => {
  const [end] = reader.read(fixture("relayed.offerer.about-webrtc.html")).ends;
  expect(end?.selectedPair).toMatchObject({ local: { type: "relay", address: "34.77.1.10" }, relayProtocol: "udp" });
  expect(end?.iceServers?.[1]).toMatchObject({ hasCredential: true, usernameExpiry: null });
  expect(end?.candidates.map(({ type }) => type)).toContain("relay");
  expect(end?.iceStates.map(({ state }) => state)).toEqual(["checking", "connected"]);
  // The 401 that asks for the credential is none.
  expect(end?.urlErrors).toEqual([]);
});

it("tells servers that did not answer from the log, and refusals that nothing mended", () => {
  const page = Buffer.from(fixture("stun-only.offerer.about-webrtc.html").bytes).toString();
  const client = "STUN-CLIENT(relay(IP4:192.168.1.10:57827/UDP|IP4:0.0.0.0:3478/UDP)::TURN)";
  const refused = `<p>${client}: Error processing response: Retry may be possible, stun error code 401.</p>`;
  const errors = (added: string) =>
    reader.read(textFile(page.replace("</p></div>", `</p>${added}</div>`))).ends[0]?.urlErrors;
  expect(errors(refused)).toEqual([]);
  expect(errors(refused + refused)).toMatchObject([{ url: null, errorCode: 401, hostCandidate: "192.168.1.10:57827" }]);
  expect(errors(`<p>${client}: Timed out</p>`)).toMatchObject([{ errorCode: 701, text: "TURN over UDP timed out" }]);
});

it("reads a copied report", () => {
  const report = {
    pcid: "{1} 2",
    closed: false,
    configuration: {
      iceTransportPolicy: "all",
      iceServers: [{ urls: ["turn:turn.example.org"], credentialProvided: true, userNameProvided: true }],
    },
    sdpHistory: [
      { isLocal: false, timestamp: 1795852202125.7, sdp: "v=0\r\na=ice-ufrag:aaaa\r\na=setup:actpass\r\n", errors: [] },
    ],
    rawRemoteCandidates: ["candidate:0 1 UDP 92216831 198.51.100.7 53234 typ relay raddr 198.51.100.7 rport 53234"],
    rawLocalCandidates: ["host(IP4:10.0.0.2:35025/UDP)"],
    iceCandidateStats: [
      {
        id: "a",
        type: "local-candidate",
        candidateType: "host",
        address: "10.0.0.2",
        port: 35025,
        protocol: "udp",
        priority: 1,
      },
      {
        id: "b",
        type: "remote-candidate",
        candidateType: "relay",
        address: "198.51.100.7",
        port: 53234,
        protocol: "udp",
        priority: 2,
      },
    ],
    iceCandidatePairStats: [
      {
        id: "c",
        type: "candidate-pair",
        state: "failed",
        nominated: false,
        selected: false,
        localCandidateId: "a",
        remoteCandidateId: "b",
      },
    ],
  };
  const file = textFile(JSON.stringify(report, null, 2));
  expect(reader.recognizes(file)).toBe(true);
  expect(reader.read(file).ends).toMatchObject([
    {
      role: "answerer",
      iceServers: [{ urls: ["turn:turn.example.org"], hasCredential: true }],
      candidates: [{ type: "host", address: "10.0.0.2", port: 35025 }],
      farCandidates: [{ type: "relay", address: "198.51.100.7" }],
      pairs: [{ state: "failed", local: { type: "host" }, remote: { type: "relay" } }],
    },
  ]);
});

it("says what a page that is cut off lacks, and refuses one without a peer connection", () => {
  const page = Buffer.from(fixture("stun-only.offerer.about-webrtc.html").bytes).toString();
  const { notUnderstood } = reader.read(textFile(page.slice(0, page.indexOf("about-webrtc-log-heading")), "half.html"));
  expect(notUnderstood).toEqual([
    expect.stringMatching(/^half.html: the page is cut off/),
    expect.stringContaining("Connection Log"),
  ]);
  const none = page.slice(0, page.indexOf('<div class="peer-connection">'));
  expect(() => reader.read(textFile(`${none}</body></html>`, "none.html"))).toThrow(
    /^none.html: .*not a single peer connection/,
  );
});
