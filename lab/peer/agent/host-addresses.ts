import os from "node:os";

/** IPv4 addresses for host candidates: every one that is not loopback, or 127.0.0.1 alone for tests. */
export function hostAddresses(loopbackOnly: boolean): string[] {
  if (loopbackOnly) return ["127.0.0.1"];
  return Object.values(os.networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((a) => a.family === "IPv4" && !a.internal)
    .map((a) => a.address);
}
