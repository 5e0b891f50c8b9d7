import { expect, it, onTestFinished } from "vitest";
import { RTCPeerConnection } from "werift";
import { dtlsKeyLine } from "./key-log.ts";

it("tells the keys of a DTLS handshake, the same at both ends, and nothing before there are any", async () => {
  const options = { iceServers: [], iceAdditionalHostAddresses: ["127.0.0.1"], iceUseIpv6: false };
  const [offerer, answerer] = [new RTCPeerConnection(options), new RTCPeerConnection(options)];
  onTestFinished(async () => void (await Promise.all([offerer.close(), answerer.close()])));
  offerer.createDataChannel("test");
  expect(dtlsKeyLine(offerer)).toBe(null);
  await offerer.setLocalDescription(await offerer.createOffer());
  await answerer.setRemoteDescription(offerer.localDescription ?? expect.fail());
  await answerer.setLocalDescription(await answerer.createAnswer());
  await offerer.setRemoteDescription(answerer.localDescription ?? expect.fail());
  await expect
    .poll(() => [offerer, answerer].map((pc) => pc.dtlsTransports[0]?.state))
    .toEqual(["connected", "connected"]);
  // NSS key log format: the client's random of 32 bytes, a master secret of 48.
  expect(dtlsKeyLine(offerer)).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
  expect(dtlsKeyLine(answerer)).toBe(dtlsKeyLine(offerer));
});
