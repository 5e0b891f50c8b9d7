import { isIPv4, isIPv6, SocketAddress } from "node:net";

/** An IP address with a port (RFC 8489 section 4, "transport address"). */
export type TransportAddress = { address: string; port: number };

export type AddressFamily = "ipv4" | "ipv6";

/** Address family numbers, RFC 8489 section 14.1. */
export const FAMILY_NUMBER: Record<AddressFamily, number> = { ipv4: 0x01, ipv6: 0x02 };

/** Writes `address:port`, with brackets around an IPv6 address. */
export function formatTransportAddress({ address, port }: TransportAddress): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

export function isSameTransportAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.address === b.address;
}

/** The 4 or 16 bytes of an address in text form. Throws on anything that is not one, and on an IPv6 zone. */
export function addressToBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  if (!isIPv6(address) || address.includes("%")) {
    throw new RangeError(`expected an IPv4 or IPv6 address without a zone, found "${address}"`);
  }
  const [left = "", right] = withoutDottedTail(address).split("::");
  const head = groups(left);
  const tail = right === undefined ? [] : groups(right);
  const all = [...head, ...Array<number>(8 - head.length - tail.length).fill(0), ...tail];
  const bytes = Buffer.alloc(16);
  for (const [index, group] of all.entries()) bytes.writeUInt16BE(group, index * 2);
  return bytes;
}

/** The text form of 4 or 16 bytes; IPv6 in its canonical form (RFC 5952). Null for any other length. */
export function bytesToAddress(bytes: Buffer): string | null {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return null;
  const full = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
  return new SocketAddress({ address: full, family: "ipv6" }).address;
}

function groups(text: string): number[] {
  return text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`. */
function withoutDottedTail(address: string): string {
  const dotted = address.slice(address.lastIndexOf(":") + 1);
  if (!dotted.includes(".")) return address;
  const bytes = addressToBytes(dotted);
  const hex = `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`;
  return address.slice(0, -dotted.length) + hex;
}
