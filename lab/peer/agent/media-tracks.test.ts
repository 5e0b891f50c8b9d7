import { expect, it } from "vitest";
import { PACKET_CARRIERS } from "../../model/load.ts";
import type { Role } from "../../model/scenario.ts";
import type { SignalData } from "../protocol.ts";
import { runInProcess } from "./test-session.ts";

const packets = [
  { kind: "audio", packetBytes: 102, packetsPerSecond: 50 },
  { kind: "video", packetBytes: 960, packetsPerSecond: 90 },
] as const;
const traffic = { messageBytes: 100, messagesPerSecond: 5, durationMs: 600, packets };
/** AES-GCM is what werift prefers; the channel adds none to what it is given. */
const PAYLOAD_BYTES = { rtp: { audio: 102 - 12 - 16, video: 960 - 12 - 16 }, channel: { audio: 90, video: 948 } };

it.each(PACKET_CARRIERS)(
  "sends what each stream has, both ways, over %s, and accounts for every packet",
  async (over) => {
    const finished: Partial<Record<Role, SignalData>> = {};
    const { offerer, answerer } = await runInProcess(
      { traffic: { ...traffic, packetsOver: over } },
      (data, pass, from) => {
        if (data.kind === "finished") finished[from] = data;
        pass();
      },
    );
    for (const [own, far, from] of [
      [offerer, answerer, "answerer"],
      [answerer, offerer, "offerer"],
    ] as const) {
      expect(own).toMatchObject({ connected: true, dropped: false });
      for (const [index, { kind, packetsPerSecond }] of packets.entries()) {
        const [got, sent] = [own.report.media?.[index], far.report.mediaSent?.[index]];
        const { packetsSent = 0, packetsSkipped = 0 } = sent ?? {};
        expect(got).toMatchObject({
          kind,
          packetsReceived: packetsSent,
          packetsLost: 0,
          bytesReceived: sent?.bytesSent,
        });
        expect(sent?.bytesSent).toBe(packetsSent * PAYLOAD_BYTES[over][kind]);
        // What a busy machine did not send in time it says.
        expect(packetsSent + packetsSkipped).toBeGreaterThan(0.4 * packetsPerSecond);
        expect(packetsSent + packetsSkipped).toBeLessThan(1.2 * packetsPerSecond);
        expect(finished[from]).toMatchObject({ packetsSent: { [kind]: packetsSent } });
      }
    }
  },
);

it("fails as media_failed where a stream never comes: nothing is counted that was not received", async () => {
  // An answer without video: nobody is to send any.
  const { offerer } = await runInProcess(
    { traffic: { ...traffic, durationMs: 100 }, timeoutMs: 3_000 },
    (data, pass) => {
      if (data.kind === "answer") data.sdp = data.sdp.replace(/(m=video[\s\S]*?)a=sendrecv/, "$1a=inactive");
      pass();
    },
  );
  expect(offerer.report.failure?.code).toBe("media_failed");
  expect(offerer.report.media?.find(({ kind }) => kind === "video")).toMatchObject({
    packetsReceived: 0,
    bytesReceived: 0,
  });
}, 15_000);
