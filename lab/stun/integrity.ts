import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { attributeType } from "./attributes.ts";
import { FINGERPRINT_XOR, HEADER_BYTES, INTEGRITY_BYTES } from "./constants.ts";

/**
 * The long-term credential's key, RFC 8489 section 9.2.2. Strings are used as they are: one that OpaqueString
 * (RFC 8265) would change must come prepared.
 */
export function longTermKey(username: string, realm: string, password: string): Buffer {
  return createHash("md5").update(`${username}:${realm}:${password}`, "utf8").digest();
}

/** The HMAC over a message up to MESSAGE-INTEGRITY, its length field already counting that attribute. */
export function integrity(bytesBefore: Buffer, key: Buffer): Buffer {
  return createHmac("sha1", key).update(bytesBefore).digest();
}

/** FINGERPRINT's value over the bytes before it, their length field already counting it (RFC 8489 section 14.7). */
export function fingerprint(bytesBefore: Buffer): number {
  return (crc32(bytesBefore) ^ FINGERPRINT_XOR) >>> 0;
}

/** Whether a message that `decode` accepts carries the right MESSAGE-INTEGRITY. */
export function verifyIntegrity(bytes: Buffer, key: Buffer): "valid" | "invalid" | "absent" {
  let offset = HEADER_BYTES;
  while (offset + 4 <= bytes.length) {
    const length = bytes.readUInt16BE(offset + 2);
    if (bytes.readUInt16BE(offset) === attributeType("MESSAGE-INTEGRITY")) break;
    offset += 4 + ((length + 3) & ~3);
  }
  if (offset + 4 + INTEGRITY_BYTES > bytes.length) return "absent";
  const covered = Buffer.from(bytes.subarray(0, offset));
  covered.writeUInt16BE(offset + 4 + INTEGRITY_BYTES - HEADER_BYTES, 2);
  const given = bytes.subarray(offset + 4, offset + 4 + INTEGRITY_BYTES);
  return timingSafeEqual(integrity(covered, key), given) ? "valid" : "invalid";
}
