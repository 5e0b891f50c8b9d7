import type { Reason } from "../model/diagnosis.ts";
import type { EndEvidence } from "../model/evidence.ts";
import { reason } from "./finding.ts";

/**
 * What an end's server-reflexive candidates say of its NAT (RFC 4787 section 4.1). `isDependent`: one base was seen at
 * different ports, so the mapping depends on the destination. Null: nothing can be said, as from one server alone.
 * Different bases say nothing, and neither does one candidate: two servers that saw the same give one (RFC 8445 section 5.1.3).
 */
export function mappingOf({ candidates }: EndEvidence): { isDependent: true; because: Reason[] } | null {
  const reflexive = candidates.filter(({ type, protocol }) => type === "srflx" && protocol === "udp");
  for (const one of reflexive) {
    if (one.relatedPort === undefined || one.relatedPort === 0) continue;
    const others = reflexive.filter(
      (other) =>
        other.relatedPort === one.relatedPort &&
        other.relatedAddress === one.relatedAddress &&
        isIpv6(other.address) === isIpv6(one.address) &&
        // Two answers of one server, as before and after a NAT's reboot, are no two destinations.
        (other.url === undefined || other.url !== one.url) &&
        (other.port !== one.port || other.address !== one.address),
    );
    const [other] = others;
    if (!other) continue;
    const base = `${one.relatedAddress ?? "one base"}:${one.relatedPort}`;
    return {
      isDependent: true,
      because: [
        reason(`${base} was seen as ${one.address}:${one.port}${one.url ? ` by ${one.url}` : ""}`, one.at),
        reason(`and as ${other.address}:${other.port}${other.url ? ` by ${other.url}` : ""}`, other.at),
      ],
    };
  }
  return null;
}

const isIpv6 = (address: string): boolean => address.includes(":");
