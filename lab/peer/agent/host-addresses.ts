import os from "node:os";

/**
 * Addresses for host candidates: every one that is neither loopback nor IPv6 link-local (RFC 8445 section 5.1.1.1), IPv6
 * first, which gives it the higher local preference (RFC 8421 section 3). For tests 127.0.0.1 alone.
 */
export function hostAddresses(loopbackOnly: boolean): string[] {
  if (loopbackOnly) return ["127.0.0.1"];
  const all = Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((a) => !a.internal && !/^fe[89ab]/i.test(a.address));
  return ["IPv6", "IPv4"].flatMap((family) => all.filter((a) => a.family === family).map((a) => a.address));
}

/** The families in which this host can send at all. */
export function ownFamilies(loopbackOnly: boolean): Set<4 | 6> {
  return new Set(hostAddresses(loopbackOnly).map((address) => (address.includes(":") ? 6 : 4)));
}
