import type { LabRouter } from "../model/evidence.ts";
import { fateOf } from "../model/firewall.ts";
import { STUN_PORT } from "../model/ice.ts";

const ANY_PORT = 50_000;

type Way = { isDependent: boolean; filtering: string; isUdpOut: boolean };

/** What all routers in front of an end come to: the strictest of each. */
function wayOut(routers: readonly LabRouter[]): Way {
  const filterings = routers.map(({ filtering }) => filtering);
  const strictest = ["address-and-port-dependent", "address-dependent"].find((one) => filterings.includes(one));
  return {
    isDependent: routers.some(({ mapping }) => mapping !== "endpoint-independent"),
    filtering: strictest ?? "endpoint-independent",
    isUdpOut: routers.every(({ firewall }) =>
      [STUN_PORT, ANY_PORT].every((port) => fateOf(firewall, { protocol: "udp", port, isTls: false }) === "passed"),
    ),
  };
}

/**
 * Whether two ends with server-reflexive candidates have no way but a relay (RFC 4787, RFC 5128 section 3.3): an end's
 * reflexive address is of use to the far one where its NAT lets everybody in, or only asks for the address that it has sent to,
 * or the far one's port is known as well.
 */
export function needsRelay(near: readonly LabRouter[], far: readonly LabRouter[]): boolean {
  const [a, b] = [wayOut(near), wayOut(far)];
  if (!a.isUdpOut || !b.isUdpOut) return true;
  const isOpen = ({ filtering, isDependent }: Way) =>
    filtering === "endpoint-independent" || (filtering === "address-dependent" && !isDependent);
  return !(isOpen(a) || isOpen(b) || (!a.isDependent && !b.isDependent));
}
