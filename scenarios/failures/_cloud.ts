import type { TurnServerSpec } from "../../lab/index.ts";
import { type Calls, callsOver, overUdp, stun } from "./_calls.ts";

/**
 * Two symmetric NATs and a coturn on a cloud VM behind one-to-one NAT. One end alone has a relay: two relays of one server
 * meet inside of it, whatever address it hands out and whatever a firewall lets in.
 */
export function cloudCalls(turn: TurnServerSpec): Calls {
  const { topology, ...rest } = callsOver({ behind: "cloud", ...turn }, { list: [overUdp], farList: [stun] });
  return { ...rest, topology: { ...topology, routers: { ...topology.routers, cloud: { nat: "cloud-1to1" } } } };
}
