import { randomBytes } from "node:crypto";
import type { TransportAddress } from "../stun/transport-address.ts";
import { connectUdp } from "../stun/udp-transport.ts";

/** RFC 6347 section 4.1: record types. */
const HANDSHAKE = 22;
const ALERT = 21;
const DTLS_1_0 = [0xfe, 0xff] as const;
const DTLS_1_2 = [0xfe, 0xfd] as const;
const CLIENT_HELLO = 1;
/** ECDHE with RSA or ECDSA, AES-128-GCM and AES-256-GCM (RFC 5289). */
const CIPHERS = [0xc02b, 0xc02f, 0xc02c, 0xc030];
const COPIES = 2;

/** Whether a ClientHello is answered with a record of DTLS: HelloVerifyRequest, ServerHello, or an alert. */
export async function speaksDtls(server: TransportAddress, timeoutMs: number): Promise<boolean> {
  const transport = await connectUdp(server);
  try {
    return await new Promise<boolean>((resolve) => {
      const hello = clientHello(randomBytes(32));
      const again = setTimeout(() => transport.send(hello), timeoutMs / COPIES);
      const end = (answers: boolean) => {
        clearTimeout(again);
        clearTimeout(limit);
        resolve(answers);
      };
      const limit = setTimeout(() => end(false), timeoutMs);
      transport.onBroken(() => end(false));
      transport.onFrame((bytes) => {
        if (isDtlsRecord(bytes)) end(true);
      });
      transport.send(hello);
    });
  } finally {
    await transport.close();
  }
}

export function isDtlsRecord(bytes: Buffer): boolean {
  return bytes.length >= 13 && (bytes[0] === HANDSHAKE || bytes[0] === ALERT) && bytes[1] === DTLS_1_0[0];
}

/** RFC 6347 section 4.2.1: without a cookie, which a server asks for first. */
export function clientHello(random: Buffer): Buffer {
  const extensions = [
    // supported_groups: secp256r1, x25519; ec_point_formats: uncompressed; signature_algorithms: SHA-256 with ECDSA and RSA.
    extension(10, u16(4, 0x0017, 0x001d)),
    extension(11, Buffer.from([1, 0])),
    extension(13, u16(6, 0x0403, 0x0401, 0x0804)),
  ];
  const all = Buffer.concat(extensions);
  const body = Buffer.concat([
    Buffer.from(DTLS_1_2),
    random,
    // No session, no cookie.
    Buffer.from([0, 0]),
    u16(CIPHERS.length * 2, ...CIPHERS),
    // No compression.
    Buffer.from([1, 0]),
    u16(all.length),
    all,
  ]);
  // One fragment, the first message.
  const handshake = Buffer.concat([
    Buffer.from([CLIENT_HELLO]),
    u24(body.length),
    u16(0),
    u24(0),
    u24(body.length),
    body,
  ]);
  // Epoch 0, the first record.
  const record = Buffer.concat([Buffer.from([HANDSHAKE, ...DTLS_1_0]), Buffer.alloc(8), u16(handshake.length)]);
  return Buffer.concat([record, handshake]);
}

const extension = (type: number, value: Buffer) => Buffer.concat([u16(type, value.length), value]);

function u16(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeUInt16BE(value, index * 2);
  return bytes;
}

function u24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(value, 0, 3);
  return bytes;
}
