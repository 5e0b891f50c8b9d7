import { randomBytes } from "node:crypto";
import type { Attribute } from "../stun/attributes.ts";
import { encode, request } from "../stun/message.ts";
import type { TransportAddress } from "../stun/transport-address.ts";
import { connectUdp } from "../stun/udp-transport.ts";

/** After the last datagram, before it is believed that no more will come. */
const QUIET_MS = 250;
/** A server's own retransmissions would count: no more is read than this. */
const MAX_BYTES = 65_536;

/** Bytes of UDP payload to the server (`bytesIn`) and back from it (`bytesOut`), for one datagram that is sent once. */
export type Exchange = { bytesIn: number; bytesOut: number; datagramsOut: number; durationMs: number };

export async function exchange(server: TransportAddress, datagram: Buffer, timeoutMs: number): Promise<Exchange> {
  const startedAt = performance.now();
  const transport = await connectUdp(server);
  try {
    let bytesOut = 0;
    let datagramsOut = 0;
    let firstAt = 0;
    await new Promise<void>((resolve) => {
      let timer = setTimeout(resolve, timeoutMs);
      transport.onBroken(() => resolve());
      transport.onFrame((bytes) => {
        bytesOut += bytes.length;
        datagramsOut += 1;
        firstAt ||= performance.now();
        clearTimeout(timer);
        timer = setTimeout(resolve, bytesOut > MAX_BYTES ? 0 : QUIET_MS);
      });
      transport.send(datagram);
    });
    const durationMs = (firstAt || performance.now()) - startedAt;
    return { bytesIn: datagram.length, bytesOut, datagramsOut, durationMs };
  } finally {
    await transport.close();
  }
}

/** The smallest there are: no attributes, no FINGERPRINT. */
export const bareRequest = (method: "Binding" | "Allocate", attributes: Attribute[] = []): Buffer =>
  encode(request(method, attributes));

/** RFC 3489 section 11.1: 16 bytes of transaction ID where RFC 8489 has the magic cookie first. */
export const OLD_BINDING = (): Buffer => Buffer.concat([Buffer.from([0x00, 0x01, 0x00, 0x00]), randomBytes(16)]);
