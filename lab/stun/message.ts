import { randomBytes } from "node:crypto";
import type { Attribute, AttributeName, AttributeValues } from "./attributes.ts";
import { attributeType, decodeAttribute, encodeAttributeValue } from "./attributes.ts";
import type { MessageClass, Method } from "./constants.ts";
import { CLASSES, HEADER_BYTES, INTEGRITY_BYTES, MAGIC_COOKIE, METHODS, TRANSACTION_ID_BYTES } from "./constants.ts";
import { fingerprint, integrity } from "./integrity.ts";

export type StunMessage = {
  method: Method;
  class: MessageClass;
  transactionId: Buffer;
  /** In the order on the wire; only the first of a name counts (RFC 8489 section 14), but XOR-PEER-ADDRESS repeats. */
  attributes: Attribute[];
};

/** Why bytes are not a STUN message. */
export type DecodeError =
  | "too_short"
  | "not_stun"
  | "wrong_length"
  | "unknown_method"
  | "malformed_attribute"
  | "wrong_fingerprint";

/** A request with a fresh transaction ID. */
export function request(method: Method, attributes: Attribute[] = []): StunMessage {
  return { method, class: "request", transactionId: randomBytes(TRANSACTION_ID_BYTES), attributes };
}

/** An indication with a fresh transaction ID. */
export function indication(method: Method, attributes: Attribute[]): StunMessage {
  return { method, class: "indication", transactionId: randomBytes(TRANSACTION_ID_BYTES), attributes };
}

/** The answer to a request: same method, same transaction ID. */
export function response(to: StunMessage, kind: "success" | "error", attributes: Attribute[]): StunMessage {
  return { method: to.method, class: kind, transactionId: to.transactionId, attributes };
}

/** The value of the first attribute of that name. */
export function attribute<N extends AttributeName>(message: StunMessage, name: N): AttributeValues[N] | undefined {
  const found = message.attributes.find((a) => a.name === name);
  return found?.value as AttributeValues[N] | undefined;
}

/** Types of attributes below 0x8000 that this room does not know: a request with one gets 420 (RFC 8489 section 6.3.1). */
export function unknownRequiredTypes(message: StunMessage): number[] {
  return message.attributes.flatMap((a) => (a.name === "unknown" && a.type < 0x8000 ? [a.type] : []));
}

/**
 * The bytes of a message. `key` appends MESSAGE-INTEGRITY, `fingerprint` appends FINGERPRINT; what stands in
 * `attributes` goes out as it is, right or wrong. Throws RangeError on a value out of range.
 */
export function encode(message: StunMessage, options: { key?: Buffer; fingerprint?: boolean } = {}): Buffer {
  const { transactionId } = message;
  if (transactionId.length !== TRANSACTION_ID_BYTES) {
    throw new RangeError(`expected a transaction ID of ${TRANSACTION_ID_BYTES} bytes, found ${transactionId.length}`);
  }
  const parts = message.attributes.map((a) =>
    frameAttribute(a.name === "unknown" ? a.type : attributeType(a.name), encodeAttributeValue(a, transactionId)),
  );
  const withLength = (extra: number) => {
    const bytes = Buffer.concat([header(message), ...parts]);
    // Both checks cover the header with the length as if they were already there (RFC 8489 sections 14.5 and 14.7).
    bytes.writeUInt16BE(bytes.length - HEADER_BYTES + extra, 2);
    return bytes;
  };
  if (options.key) {
    const hmac = integrity(withLength(4 + INTEGRITY_BYTES), options.key);
    parts.push(frameAttribute(attributeType("MESSAGE-INTEGRITY"), hmac));
  }
  if (options.fingerprint) {
    const value = Buffer.alloc(4);
    value.writeUInt32BE(fingerprint(withLength(8)));
    parts.push(frameAttribute(attributeType("FINGERPRINT"), value));
  }
  return withLength(0);
}

/**
 * Reads one whole message. Never throws: anything else is an `{ error }`. Attributes after MESSAGE-INTEGRITY are left
 * out, but for FINGERPRINT, which is verified. MESSAGE-INTEGRITY is not: see `verifyIntegrity`.
 */
export function decode(bytes: Buffer): StunMessage | { error: DecodeError } {
  if (bytes.length < HEADER_BYTES) return { error: "too_short" };
  const type = bytes.readUInt16BE(0);
  if (type & 0xc000 || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return { error: "not_stun" };
  const end = HEADER_BYTES + bytes.readUInt16BE(2);
  if (end !== bytes.length || end % 4 !== 0) return { error: "wrong_length" };
  const method = METHOD_BY_NUMBER.get((type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2));
  const messageClass = CLASS_BY_NUMBER.get(((type >> 7) & 0b10) | ((type >> 4) & 0b01));
  if (method === undefined || messageClass === undefined) return { error: "unknown_method" };

  // A copy, so that a message does not change when a socket's buffer is used again.
  const transactionId = Buffer.from(bytes.subarray(8, HEADER_BYTES));
  const attributes: Attribute[] = [];
  let isSealed = false;
  for (let offset = HEADER_BYTES; offset < end; ) {
    // Length and header are multiples of four, so a header always fits; its value may not.
    const length = bytes.readUInt16BE(offset + 2);
    const next = offset + 4 + padded(length);
    if (next > end) return { error: "malformed_attribute" };
    const value = Buffer.from(bytes.subarray(offset + 4, offset + 4 + length));
    const decoded = decodeAttribute(bytes.readUInt16BE(offset), value, transactionId);
    if (decoded?.name === "FINGERPRINT") {
      if (next !== end) return { error: "malformed_attribute" };
      if (decoded.value !== fingerprint(bytes.subarray(0, offset))) return { error: "wrong_fingerprint" };
      attributes.push(decoded);
    } else if (!isSealed) {
      if (decoded === null) return { error: "malformed_attribute" };
      attributes.push(decoded);
      isSealed = decoded.name === "MESSAGE-INTEGRITY";
    }
    offset = next;
  }
  return { method, class: messageClass, transactionId, attributes };
}

const METHOD_BY_NUMBER = new Map<number, Method>(
  Object.entries(METHODS).map(([name, number]) => [number, name as Method]),
);
const CLASS_BY_NUMBER = new Map<number, MessageClass>(
  Object.entries(CLASSES).map(([name, bits]) => [bits, name as MessageClass]),
);

function header(message: StunMessage): Buffer {
  const method: number = METHODS[message.method];
  const classBits = CLASSES[message.class];
  const bytes = Buffer.alloc(HEADER_BYTES);
  // RFC 8489 section 5, figure 3: the class bits stand at 4 and 8, between those of the method.
  const methodBits = (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2);
  bytes.writeUInt16BE(methodBits | ((classBits & 0b01) << 4) | ((classBits & 0b10) << 7), 0);
  bytes.writeUInt32BE(MAGIC_COOKIE, 4);
  message.transactionId.copy(bytes, 8);
  return bytes;
}

function frameAttribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc(4 + padded(value.length));
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(value.length, 2);
  value.copy(bytes, 4);
  return bytes;
}

/** Attributes end on a multiple of 4 bytes (RFC 8489 section 14). */
function padded(length: number): number {
  return (length + 3) & ~3;
}
