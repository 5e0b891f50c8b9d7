import { describe, expect, it } from "vitest";
import { longTermKey, verifyIntegrity } from "./integrity.ts";
import { attribute, decode, encode, type StunMessage } from "./message.ts";

/** RFC 5769 sections 2.1 to 2.4. The first three are padded with spaces, the last with zeros. */
const REQUEST = hex(`
  000100582112a442b7e7a701bc34d686fa87dfae
  802200105354554e207465737420636c69656e74
  002400046e0001ff
  80290008932ff9b151263b36
  000600096576746a3a68367659202020
  000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2
  80280004e57a3bcf`);
const RESPONSE_IPV4 = hex(`
  0101003c2112a442b7e7a701bc34d686fa87dfae
  8022000b7465737420766563746f7220
  002000080001a147e112a643
  000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7
  80280004c07d4c96`);
const RESPONSE_IPV6 = hex(`
  010100482112a442b7e7a701bc34d686fa87dfae
  8022000b7465737420766563746f7220
  002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
  00080014a382954e4be67bf11784c97c8292c275bfe3ed41
  80280004c8fb0b4c`);
const REQUEST_LONG_TERM = hex(`
  000100602112a44278ad3433c6ad72c029da412e
  00060012e3839ee38388e383aae38383e382afe382b90000
  0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700
  00080014f67024656dd64a3e02b8e0712e85c9a28ca89666`);

const SHORT_TERM_KEY = Buffer.from("VOkJxbRl1RmTxUk/WvJxBt");
const LONG_TERM_KEY = longTermKey("\u30de\u30c8\u30ea\u30c3\u30af\u30b9", "example.org", "TheMatrIX");

describe("RFC 5769", () => {
  it("2.1: request", () => {
    const message = decoded(REQUEST);
    expect(message).toMatchObject({ method: "Binding", class: "request" });
    expect(message.transactionId.toString("hex")).toBe("b7e7a701bc34d686fa87dfae");
    expect(attribute(message, "SOFTWARE")).toBe("STUN test client");
    expect(attribute(message, "USERNAME")).toBe("evtj:h6vY");
    expect(message.attributes.filter((a) => a.name === "unknown").map((a) => a.type)).toEqual([0x0024, 0x8029]);
    expect(verifyIntegrity(REQUEST, SHORT_TERM_KEY)).toBe("valid");
    expect(verifyIntegrity(REQUEST, LONG_TERM_KEY)).toBe("invalid");
  });

  it.each([
    ["2.2: response, IPv4", RESPONSE_IPV4, "192.0.2.1"],
    ["2.3: response, IPv6", RESPONSE_IPV6, "2001:db8:1234:5678:11:2233:4455:6677"],
  ])("%s", (_, bytes, address) => {
    const message = decoded(bytes);
    expect(message).toMatchObject({ method: "Binding", class: "success" });
    expect(attribute(message, "SOFTWARE")).toBe("test vector");
    expect(attribute(message, "XOR-MAPPED-ADDRESS")).toEqual({ address, port: 32853 });
    expect(verifyIntegrity(bytes, SHORT_TERM_KEY)).toBe("valid");
  });

  it("2.4: request with the long-term credential, byte for byte", () => {
    const message = decoded(REQUEST_LONG_TERM);
    expect(attribute(message, "NONCE")).toBe("f//499k954d6OL34oL9FSTvy64sA");
    expect(attribute(message, "REALM")).toBe("example.org");
    expect(verifyIntegrity(REQUEST_LONG_TERM, LONG_TERM_KEY)).toBe("valid");
    const unsigned = { ...message, attributes: message.attributes.filter((a) => a.name !== "MESSAGE-INTEGRITY") };
    expect(encode(unsigned, { key: LONG_TERM_KEY }).toString("hex")).toBe(REQUEST_LONG_TERM.toString("hex"));
  });

  it("encodes the same values to the same checks, but for the padding", () => {
    // With zeros instead of spaces only what the checks cover changes.
    for (const bytes of [REQUEST, RESPONSE_IPV4, RESPONSE_IPV6]) {
      const message = decoded(bytes);
      const values = message.attributes.filter((a) => a.name !== "MESSAGE-INTEGRITY" && a.name !== "FINGERPRINT");
      const again = encode({ ...message, attributes: values }, { key: SHORT_TERM_KEY, fingerprint: true });
      expect(again.length).toBe(bytes.length);
      expect(decoded(again).attributes.map((a) => a.name)).toEqual(message.attributes.map((a) => a.name));
      expect(verifyIntegrity(again, SHORT_TERM_KEY)).toBe("valid");
    }
  });
});

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ""), "hex");
}

function decoded(bytes: Buffer): StunMessage {
  const message = decode(bytes);
  if ("error" in message) throw new Error(message.error);
  return message;
}
