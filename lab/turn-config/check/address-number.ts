import { isIP } from "node:net";

/** An IP address as a number, so that ranges can be compared. */
export type AddressNumber = { family: 4 | 6; value: bigint };

export type AddressSpan = { family: 4 | 6; first: bigint; last: bigint };

/** Null where the text is no address (RFC 4291 section 2.2 for IPv6, zones left out). */
export function addressNumber(text: string): AddressNumber | null {
  const address = text.trim();
  switch (isIP(address)) {
    case 4:
      return { family: 4, value: ofOctets(address) };
    case 6:
      return { family: 6, value: ofGroups(address) };
    default:
      return null;
  }
}

/** `10.0.0.0/8`, `fc00::/7`: the first and the last address of a prefix. */
export function spanOfPrefix(prefix: string): AddressSpan {
  const [address = "", length = ""] = prefix.split("/");
  const number = addressNumber(address);
  if (!number) throw new Error(`expected ADDRESS/LENGTH, found "${prefix}"`);
  const { family, value } = number;
  const size = 1n << BigInt((family === 4 ? 32 : 128) - Number(length));
  return { family, first: value, last: value + size - 1n };
}

/** `A` or `A-B`; null where it is neither. */
export function spanOfRange(range: { first: string; last: string }): AddressSpan | null {
  const [first, last] = [addressNumber(range.first), addressNumber(range.last)];
  if (!first || !last || first.family !== last.family) return null;
  return { family: first.family, first: first.value, last: last.value };
}

/** Whether spans cover all of another, together. */
export function isCovered(span: AddressSpan, by: readonly AddressSpan[]): boolean {
  let next = span.first;
  const same = by.filter(({ family }) => family === span.family);
  for (const { first, last } of same.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (first > next) break;
    if (last >= next) next = last + 1n;
  }
  return next > span.last;
}

export const overlaps = (a: AddressSpan, b: AddressSpan) =>
  a.family === b.family && a.first <= b.last && b.first <= a.last;

/** The bytes of an IPv6 address, as coturn compares them. */
export function bytesOf(value: bigint): number[] {
  return Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(8 * (15 - index))) & 0xffn));
}

function ofOctets(address: string): bigint {
  return address.split(".").reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
}

function ofGroups(address: string): bigint {
  const text = (address.split("%")[0] ?? "").replace(/(\d+\.\d+\.\d+\.\d+)$/, (octets) => {
    const number = ofOctets(octets);
    return `${(number >> 16n).toString(16)}:${(number & 0xffffn).toString(16)}`;
  });
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const before = groups(head);
  const after = groups(tail ?? "");
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n);
}
