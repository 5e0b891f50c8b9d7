import type { ProbeResult } from "./model/probe.ts";

/** Questions that calls, or everybody's safety, stand and fall with; what they say needs no call to be shown. */
const CERTAIN: readonly string[] = [
  "reach",
  "reach-ipv6",
  "relay-to-relay",
  "allocate-without-credentials",
  "allocate-wrong-password",
  "allocate-unknown-user",
  "allocation-lifetime",
  "refresh",
  "quota-calls",
  "tls-chain",
  "tls-name",
];

/**
 * Whether a gate may end with this answer: no call can come out well that needs it, or the relay is open, or leads into the
 * operator's own network, as a listener there has seen. Not where the baseline answers the same.
 */
export function isCertainFailure(result: ProbeResult, baseline: readonly ProbeResult[] = []): boolean {
  const { id, url, verdict, severity, hasReached } = result;
  if (verdict !== "weak" || severity !== "error") return false;
  if (baseline.some((other) => other.id === id && other.url === url && other.verdict === "weak")) return false;
  return CERTAIN.includes(id) || id.startsWith("peer-needed-") || (id.startsWith("peer-") && hasReached === true);
}
