import { describe, expect, it } from "vitest";
import { ATTRIBUTE_NAMES, type Attribute } from "./attributes.ts";
import type { Method } from "./constants.ts";
import { METHODS } from "./constants.ts";
import { longTermKey, verifyIntegrity } from "./integrity.ts";
import { attribute, decode, encode, indication, request, response, unknownRequiredTypes } from "./message.ts";

const V4 = { address: "81.2.64.2", port: 49152 };
const V6 = { address: "2001:db8::1", port: 65535 };
const KEY = longTermKey("user", "realm", "password");

const SAMPLES: Attribute[] = [
  { name: "MAPPED-ADDRESS", value: V4 },
  { name: "MAPPED-ADDRESS", value: V6 },
  { name: "XOR-MAPPED-ADDRESS", value: V4 },
  { name: "XOR-MAPPED-ADDRESS", value: V6 },
  { name: "XOR-PEER-ADDRESS", value: V4 },
  { name: "XOR-PEER-ADDRESS", value: V6 },
  { name: "XOR-RELAYED-ADDRESS", value: V6 },
  { name: "RESPONSE-ORIGIN", value: V4 },
  { name: "OTHER-ADDRESS", value: V6 },
  { name: "USERNAME", value: "1700000000:\u00e4\u30de" },
  { name: "REALM", value: "turn.lab.test" },
  { name: "NONCE", value: "" },
  { name: "SOFTWARE", value: "x" },
  { name: "ERROR-CODE", value: { number: 438, reason: "Stale Nonce" } },
  { name: "ERROR-CODE", value: { number: 699, reason: "" } },
  { name: "UNKNOWN-ATTRIBUTES", value: [1, 0xffff, 3] },
  { name: "UNKNOWN-ATTRIBUTES", value: [] },
  { name: "LIFETIME", value: 0xffffffff },
  { name: "REQUESTED-TRANSPORT", value: 17 },
  { name: "REQUESTED-ADDRESS-FAMILY", value: "ipv6" },
  { name: "CHANGE-REQUEST", value: { changeIp: true, changePort: false } },
  { name: "CHANGE-REQUEST", value: { changeIp: false, changePort: true } },
  { name: "DATA", value: Buffer.from("12345") },
  { name: "DATA", value: Buffer.alloc(0) },
  { name: "CHANNEL-NUMBER", value: 0x4fff },
  { name: "DONT-FRAGMENT", value: true },
  { name: "EVEN-PORT", value: { reserveNext: true } },
  { name: "CONNECTION-ID", value: 0x80000001 },
  { name: "unknown", type: 0x0024, value: Buffer.from([1, 2, 3]) },
];

describe("encode and decode", () => {
  it("has a sample of every attribute", () => {
    const checked = new Set(["MESSAGE-INTEGRITY", "FINGERPRINT", ...SAMPLES.map((a) => a.name)]);
    expect(ATTRIBUTE_NAMES.filter((name) => !checked.has(name))).toEqual([]);
  });

  it.each(SAMPLES.map((a) => [a.name, a] as const))("brings %s back as it was", (_, sample) => {
    const message = request("Allocate", [sample]);
    expect(decode(encode(message))).toEqual(message);
  });

  it.each(Object.keys(METHODS) as Method[])("brings every class of %s back", (method) => {
    const asked = request(method);
    for (const message of [
      asked,
      indication(method, []),
      response(asked, "success", []),
      response(asked, "error", []),
    ]) {
      expect(decode(encode(message))).toEqual(message);
    }
  });

  it("writes the message types of the RFCs", () => {
    const typeOf = (bytes: Buffer) => bytes.readUInt16BE(0);
    expect(typeOf(encode(request("Allocate")))).toBe(0x0003);
    expect(typeOf(encode(response(request("Binding"), "success", [])))).toBe(0x0101);
    expect(typeOf(encode(response(request("Allocate"), "error", [])))).toBe(0x0113);
    expect(typeOf(encode(indication("Send", [])))).toBe(0x0016);
    expect(typeOf(encode(indication("Data", [])))).toBe(0x0017);
  });

  it("keeps order and repetition", () => {
    const message = request("CreatePermission", [SAMPLES[4], SAMPLES[5], SAMPLES[4]] as Attribute[]);
    expect(decode(encode(message))).toEqual(message);
    expect(attribute(message, "XOR-PEER-ADDRESS")).toEqual(V4);
  });

  it("ignores what stands after MESSAGE-INTEGRITY, but for FINGERPRINT", () => {
    const signed = encode(request("Refresh"), { key: KEY });
    const forged = encode({ ...request("Refresh"), attributes: [{ name: "LIFETIME", value: 0 }] }).subarray(20);
    const bytes = Buffer.concat([signed, forged]);
    bytes.writeUInt16BE(bytes.length - 20, 2);
    const message = decode(bytes);
    expect("error" in message ? message : message.attributes.map((a) => a.name)).toEqual(["MESSAGE-INTEGRITY"]);
    expect(verifyIntegrity(bytes, KEY)).toBe("valid");

    const both = decode(encode(request("Refresh"), { key: KEY, fingerprint: true }));
    expect("error" in both ? both : both.attributes.map((a) => a.name)).toEqual(["MESSAGE-INTEGRITY", "FINGERPRINT"]);
  });

  it("tells a wrong, a right and a missing MESSAGE-INTEGRITY apart", () => {
    const signed = encode(request("Refresh"), { key: KEY, fingerprint: true });
    expect(verifyIntegrity(signed, KEY)).toBe("valid");
    expect(verifyIntegrity(signed, longTermKey("user", "realm", "other"))).toBe("invalid");
    expect(verifyIntegrity(encode(request("Refresh")), KEY)).toBe("absent");
  });

  it("names the unknown attributes that must be understood", () => {
    const unknown = (type: number): Attribute => ({ name: "unknown", type, value: Buffer.alloc(0) });
    expect(unknownRequiredTypes(request("Binding", [unknown(0x0024), unknown(0x8029)]))).toEqual([0x0024]);
  });

  it("refuses to write what the wire cannot carry", () => {
    const writing = (sample: Attribute) => () => encode(request("Binding", [sample]));
    expect(writing({ name: "MAPPED-ADDRESS", value: { address: "300.1.1.1", port: 1 } })).toThrow(RangeError);
    expect(writing({ name: "MAPPED-ADDRESS", value: { address: "fe80::1%eth0", port: 1 } })).toThrow(RangeError);
    expect(writing({ name: "MAPPED-ADDRESS", value: { address: "1.1.1.1", port: 65536 } })).toThrow(RangeError);
    expect(writing({ name: "ERROR-CODE", value: { number: 200, reason: "" } })).toThrow(RangeError);
  });
});

describe("decode of what is no message", () => {
  const good = encode(request("Binding", [{ name: "LIFETIME", value: 1 }]), { fingerprint: true });
  const changed = (offset: number, byte: number) => {
    const bytes = Buffer.from(good);
    bytes[offset] = byte;
    return bytes;
  };

  it.each([
    ["nothing", Buffer.alloc(0), "too_short"],
    ["half a header", good.subarray(0, 19), "too_short"],
    ["ChannelData", changed(0, 0x40), "not_stun"],
    ["another cookie", changed(4, 0), "not_stun"],
    ["a cut message", good.subarray(0, -4), "wrong_length"],
    ["two messages", Buffer.concat([good, good]), "wrong_length"],
    ["a method nobody has", changed(1, 0x0f), "unknown_method"],
    ["an attribute longer than the message", changed(23, 0xff), "malformed_attribute"],
    ["a lifetime of 3 bytes", changed(23, 3), "malformed_attribute"],
    ["a changed byte", changed(27, 9), "wrong_fingerprint"],
  ])("says what %s is", (_, bytes, error) => {
    expect(decode(bytes)).toEqual({ error });
  });
});
