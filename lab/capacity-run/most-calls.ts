import type { CapacityCall } from "../model/capacity.ts";
import type { SearchAsk } from "../model/capacity-search.ts";

/** What Linux gives to sockets that ask for no port (ip_local_port_range): 32768 to 60999. */
const CLIENT_PORTS = 28_232;
/** Sockets of the generator's own, and ports that are not free again yet. */
const SPARED = 232;

/** Calls that the lab can make at the most: each allocation has a socket, and all of them one address. */
export function mostCalls({ relayed }: CapacityCall): SearchAsk["most"] {
  const sockets = relayed === "both" ? 2 : 1;
  const calls = Math.floor((CLIENT_PORTS - SPARED) / sockets);
  return { calls, reason: `${CLIENT_PORTS.toLocaleString("en")} ports of the clients' address` };
}
