import { expect, it } from "vitest";
import { RTCPeerConnection } from "werift";
import { createUnreliableChannel } from "./unreliable-channel.ts";

it("takes a second INIT ACK that comes while the first is being answered", async () => {
  const pc = new RTCPeerConnection();
  createUnreliableChannel(pc);
  const sctp = pc.sctpTransport?.sctp as unknown as { timer1Start(chunk: unknown): void; timer1Handle: unknown };
  sctp.timer1Start({});
  const first = sctp.timer1Handle;
  expect(() => sctp.timer1Start({})).not.toThrow();
  expect(sctp.timer1Handle).not.toBe(first);
  await pc.close();
});
