import type { ObservedNat } from "../../model/observed-nat.ts";
import type { TransportAddress } from "../../stun/transport-address.ts";
import { isSameTransportAddress } from "../../stun/transport-address.ts";
import type { ProbePath } from "./probe-path.ts";
import { arrives, type ProbeSocket } from "./probe-socket.ts";
import { responsePortAttribute } from "./response-port.ts";

/** Two sockets on two hosts inside, and the outside address that the reflector has told each. */
export type HairpinEnds = {
  held: ProbeSocket;
  heldAt: TransportAddress | undefined;
  second: ProbeSocket;
  secondAt: TransportAddress | undefined;
  helper: ProbeSocket;
};

/**
 * Both send to each other's outside address at the same time, as ICE does, so that a filter on the way has been opened
 * (RFC 4787 section 6). The source must be the sender's own outside address and port (REQ-9). Which port that is, is known
 * where the mapping is endpoint-independent; elsewhere what is sent there must get to the sender.
 */
export async function probeHairpin(
  path: ProbePath,
  { held, heldAt, second, secondAt, helper }: HairpinEnds,
  mapping: ObservedNat["mapping"],
  filtering: Promise<ObservedNat["filtering"]>,
): Promise<Pick<ObservedNat, "hairpinning" | "hairpinSource">> {
  if (!heldAt || !secondAt || mapping === null) return { hairpinning: null, hairpinSource: null };
  const there = second.poke(heldAt);
  const back = held.poke(secondAt);
  const [came, cameBack] = await Promise.all([arrives(path, there, held), arrives(path, back, second)]);
  if (came === null || cameBack === null) return { hairpinning: null, hairpinSource: null };
  if (!came && !cameBack) return { hairpinning: false, hairpinSource: null };
  const isExternal = async (source: TransportAddress | null, outside: TransportAddress, sender: ProbeSocket) => {
    if (mapping === "endpoint-independent") return source !== null && isSameTransportAddress(source, outside);
    if (source?.address !== outside.address) return false;
    if ((await filtering) !== "endpoint-independent") return true;
    const [port = 0] = path.plan.udpPorts;
    return arrives(path, helper.poke(path.at(0, port), [responsePortAttribute(source.port)]), sender);
  };
  // One way only is no hairpinning that anybody could use, and no sign that it is off.
  if (came !== cameBack) return { hairpinning: true, hairpinSource: null };
  const sources = await Promise.all([
    isExternal(held.heardFrom(there.id), secondAt, second),
    isExternal(second.heardFrom(back.id), heldAt, held),
  ]);
  if (sources.includes(null)) return { hairpinning: true, hairpinSource: null };
  return { hairpinning: true, hairpinSource: sources.every(Boolean) ? "external" : "internal" };
}
