import { expect, it } from "vitest";
import { decodeChannelData } from "./channel-data.ts";
import { verifyIntegrity } from "./integrity.ts";
import { decode, encode, request } from "./message.ts";
import { StreamFraming } from "./stream-framing.ts";

const ROUNDS = 20_000;
const KEY = Buffer.from("key");

it("never throws, whatever comes", () => {
  const random = generator(20_260_101);
  const seeds = [
    encode(
      request("Allocate", [
        { name: "XOR-PEER-ADDRESS", value: { address: "81.2.64.2", port: 1 } },
        { name: "XOR-MAPPED-ADDRESS", value: { address: "2001:db8::1", port: 2 } },
        { name: "ERROR-CODE", value: { number: 401, reason: "Unauthorized" } },
        { name: "EVEN-PORT", value: { reserveNext: false } },
        { name: "UNKNOWN-ATTRIBUTES", value: [1, 2] },
        { name: "DATA", value: Buffer.from("data") },
      ]),
      { key: KEY, fingerprint: true },
    ),
    encode(request("Binding", [{ name: "CHANGE-REQUEST", value: { changeIp: true, changePort: true } }])),
  ];
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    const bytes = mutate(seeds[round % seeds.length] as Buffer, random);
    const message = decode(bytes);
    const outcome = "error" in message ? message.error : "message";
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    // What was decoded can be written again.
    if (!("error" in message)) encode(message);
    verifyIntegrity(bytes, KEY);
    decodeChannelData(bytes);
    new StreamFraming().push(bytes);
  }
  // The generator reaches every branch; otherwise the loop above proves little.
  expect(Object.keys(outcomes).sort()).toEqual(
    [
      "malformed_attribute",
      "message",
      "not_stun",
      "too_short",
      "unknown_method",
      "wrong_fingerprint",
      "wrong_length",
    ].sort(),
  );
});

/** Flips a few bytes, cuts or appends, and half of the time repairs the length so that the attributes are reached. */
function mutate(seed: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let flips = below(4); flips > 0; flips -= 1) bytes[below(bytes.length)] = below(256);
  if (below(4) === 0) bytes = bytes.subarray(0, below(bytes.length + 1));
  if (below(8) === 0) bytes = Buffer.concat([bytes, Buffer.alloc(4 * below(4), below(256))]);
  if (below(2) === 0 && bytes.length >= 20) bytes.writeUInt16BE((bytes.length - 20) & ~3, 2);
  return bytes;
}

/** mulberry32: small, seeded, good enough to shake a parser. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
