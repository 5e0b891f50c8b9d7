import type { EndpointDependence } from "../../model/nat.ts";
import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, type ProbeSocket } from "./probe-socket.ts";

/** Two sockets on two hosts inside, and the outside address that the reflector has told each. */
export type HairpinEnds = {
  held: ProbeSocket;
  heldAt: TransportAddress | undefined;
  second: ProbeSocket;
  secondAt: TransportAddress | undefined;
};

/**
 * Both send to each other's outside address at the same time, as ICE does, so that a filter on the way has been opened
 * (RFC 4787 section 6). The source must be the sender's own outside address (REQ-9): with its port, where the mapping is
 * endpoint-independent.
 */
export async function probeHairpin(
  path: ProbePath,
  { held, heldAt, second, secondAt }: HairpinEnds,
  mapping: EndpointDependence | null,
): Promise<Pick<ObservedNat, "hairpinning" | "hairpinSource">> {
  if (!heldAt || !secondAt || mapping === null) return { hairpinning: null, hairpinSource: null };
  const there = second.poke(heldAt);
  const back = held.poke(secondAt);
  const [came, cameBack] = await Promise.all([arrives(path, there, held), arrives(path, back, second)]);
  if (came === null || cameBack === null) return { hairpinning: null, hairpinSource: null };
  if (!came && !cameBack) return { hairpinning: false, hairpinSource: null };
  const isExternal = (source: TransportAddress | null, outside: TransportAddress) => {
    if (source === null) return false;
    return mapping === "endpoint-independent"
      ? isSameTransportAddress(source, outside)
      : source.address === outside.address;
  };
  const sources = [isExternal(held.heardFrom(there.id), secondAt), isExternal(second.heardFrom(back.id), heldAt)];
  // One way only is no hairpinning that anybody could use, and no sign that it is off.
  if (came !== cameBack) return { hairpinning: true, hairpinSource: null };
  return { hairpinning: true, hairpinSource: sources.every(Boolean) ? "external" : "internal" };
}
