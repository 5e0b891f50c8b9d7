import type { EndEvidence, Seen, UrlError } from "../../model/evidence.ts";
import { parseIceUrl } from "../../model/ice-url.ts";

/**
 * Chromium asks for the server's address once per family, and says 701 for the family that the name has none of (libwebrtc,
 * p2p/base/stun_port.cc, turn_port.cc). Where the name has led anywhere on IPv4, that is no failed look-up.
 */
export function withoutIpv6Lookups({ candidates, urlErrors }: EndEvidence): Seen<UrlError>[] {
  const found = new Set([
    ...candidates.flatMap(({ url }) => (url === undefined ? [] : hostOf(url))),
    ...urlErrors.flatMap((error) => (isLookup(error) || error.url === null ? [] : hostOf(error.url))),
  ]);
  return urlErrors.filter(
    (error) =>
      !(isLookup(error) && isIpv6(error.hostCandidate) && hostOf(error.url ?? "").some((host) => found.has(host))),
  );
}

const isLookup = ({ text }: UrlError) => /host lookup/i.test(text);
const isIpv6 = (hostCandidate: string | null) => /^\[|:.*:/.test(hostCandidate ?? "");

function hostOf(url: string): string[] {
  const parsed = parseIceUrl(url);
  return "kind" in parsed ? [parsed.host.toLowerCase()] : [];
}
