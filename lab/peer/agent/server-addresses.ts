import dns from "node:dns/promises";
import net from "node:net";

/**
 * The addresses of a server that this host can reach, at most one of each family, in the system's order (RFC 6724).
 * Asks only for records of its own families: a host without IPv4 must not wait for an address that it cannot send to.
 * Rejects with Node's error when the name does not resolve, and with ENETUNREACH for an address of another family.
 */
export async function serverAddresses(host: string, families: ReadonlySet<4 | 6>): Promise<string[]> {
  const literal = net.isIP(host);
  if (literal === 4 || literal === 6) {
    if (families.has(literal)) return [host];
    throw Object.assign(new Error(`this host has no IPv${literal} address`), { code: "ENETUNREACH" });
  }
  const [only] = families.size === 1 ? families : [0 as const];
  const found = await dns.lookup(host, { family: only ?? 0, all: true });
  const usable = found.filter(({ family }) => families.has(family as 4 | 6));
  const first = usable.filter(({ family }, index) => usable.findIndex((one) => one.family === family) === index);
  return first.map(({ address }) => address);
}
