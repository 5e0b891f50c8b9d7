import { isIPv4 } from "node:net";
import { MAGIC_COOKIE } from "./constants.ts";
import type { TransportAddress } from "./transport-address.ts";
import { addressToBytes, bytesToAddress, FAMILY_NUMBER } from "./transport-address.ts";

/** The value of MAPPED-ADDRESS and its like (RFC 8489 section 14.1). Throws on a wrong address or port. */
export function encodeAddress({ address, port }: TransportAddress): Buffer {
  const value = Buffer.alloc(4);
  value[1] = FAMILY_NUMBER[isIPv4(address) ? "ipv4" : "ipv6"];
  value.writeUInt16BE(port, 2);
  return Buffer.concat([value, addressToBytes(address)]);
}

/** Null when the value is not an address of a known family. */
export function decodeAddress(value: Buffer): TransportAddress | null {
  const expectedBytes = { [FAMILY_NUMBER.ipv4]: 8, [FAMILY_NUMBER.ipv6]: 20 }[value[1] ?? 0];
  if (value.length !== expectedBytes) return null;
  const address = bytesToAddress(value.subarray(4));
  return address === null ? null : { address, port: value.readUInt16BE(2) };
}

/** The value of the XOR-…-ADDRESS attributes (RFC 8489 section 14.2). */
export function encodeXorAddress(endpoint: TransportAddress, transactionId: Buffer): Buffer {
  return xor(encodeAddress(endpoint), transactionId);
}

export function decodeXorAddress(value: Buffer, transactionId: Buffer): TransportAddress | null {
  return decodeAddress(xor(value, transactionId));
}

/** XORs the port with the upper half of the cookie, the address with the cookie and the transaction ID. */
function xor(value: Buffer, transactionId: Buffer): Buffer {
  const cookie = Buffer.alloc(4);
  cookie.writeUInt32BE(MAGIC_COOKIE);
  const mask = Buffer.concat([Buffer.alloc(2), cookie.subarray(0, 2), cookie, transactionId]);
  return Buffer.from(value.map((byte, index) => byte ^ (mask[index] ?? 0)));
}
