/** Values as coturn reads them (src/apps/relay/mainrelay.c: `get_bool_value`, atoi, `make_ioa_addr`). */
import { isIP } from "node:net";

/** On, off, or null for a word that ends the server. The first letter decides, except for `on` and `off`. */
export function readFlag(value: string): boolean | null {
  if (value === "" || /^[yYtT1-9]/.test(value)) return true;
  if (/^[0nNfF]/.test(value)) return false;
  if (/^(on|ON|On)$/.test(value)) return true;
  return /^(off|OFF|Off)$/.test(value) ? false : null;
}

/** C's atoi: the digits it begins with; `isWhole` when nothing else stands there. Null without any. */
export function readInteger(value: string): { number: number; isWhole: boolean } | null {
  const digits = /^\s*([+-]?\d+)/.exec(value);
  return digits ? { number: Number(digits[1]), isWhole: digits[0].length === value.length } : null;
}

/** `PUBLIC` or `PUBLIC/PRIVATE`; null where an address is none. Spaces around an address do not count. */
export function readExternal(value: string): { publicAddress: string; privateAddress?: string } | null {
  const [first = "", second, ...more] = value.split("/").map((part) => part.trim());
  if (more.length > 0 || !isAddress(first) || (second !== undefined && !isAddress(second))) return null;
  return { publicAddress: first, ...(second === undefined ? {} : { privateAddress: second }) };
}

/** `A` or `A-B`. */
export function readRange(value: string): { first: string; last: string } | null {
  const [first = "", last = first, ...more] = value.split("-").map((part) => part.trim());
  return more.length === 0 && isAddress(first) && isAddress(last) ? { first, last } : null;
}

/** `A:PORT`, `[A]:PORT`. */
export function readAddressPort(value: string): { address: string; port: number } | null {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(value.trim());
  const address = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  return isAddress(address) && port >= 1 && port <= 65_535 ? { address, port } : null;
}

/** `NAME:PASSWORD` or `NAME:0xKEY`; null where coturn says "Wrong user account". */
export function readUser(value: string): { username: string; password: string | null } | null {
  const colon = value.indexOf(":");
  const rest = value.slice(colon + 1).replace(/^[ \t\n]+/, "");
  if (colon < 1 || value.length - colon < 2) return null;
  return { username: value.slice(0, colon), password: rest.startsWith("0x") ? null : rest };
}

/** An address as it must stand there; coturn would look a name up. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
