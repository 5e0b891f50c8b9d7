import { isIP } from "node:net";
import type { ClientNetwork, GateProfile } from "../model/gate-profile.ts";
import { INTERNET, type PeerSpec, type RouterSpec, type Topology, type TurnServerSpec } from "../model/topology.ts";
import { NETWORK_ROUTERS } from "./networks.ts";
import type { UrlHosts } from "./url-hosts.ts";

/** The server under test, and the one that stands for public STUN servers; by name in the lab. */
export const GATE_SERVER = "turn";
export const GATE_STUN = "stun";
/** Who is called, from wherever. */
export const FAR_PEER = "far";
const FAR_HOME = "far-home";
/** Who calls the far end without any server under test. */
export const CONTROL_PEER = "control";

export const clientOf = (network: ClientNetwork): string => `at-${network}`;

/** What the lab of either side is built from, but for the server's file and place. Pure. */
export function gateTopology(
  { networks, firewall }: Pick<GateProfile, "networks" | "firewall">,
  { hostname, aliases, stun }: UrlHosts,
  image?: string,
): { topology: Topology; peers: Record<string, PeerSpec> } {
  const routers: Record<string, RouterSpec> = {
    ...Object.fromEntries(networks.map((network) => [network, NETWORK_ROUTERS[network]])),
    [FAR_HOME]: { nat: "home" },
  };
  const server: TurnServerSpec = {
    behind: INTERNET,
    hostname,
    ...(aliases.length > 0 ? { aliases } : {}),
    ...(image === undefined ? {} : { image }),
    ...(firewall ? { firewall } : {}),
  };
  const names = stun.names.filter((name) => !isIP(name));
  return {
    topology: {
      routers,
      turnServers: { [GATE_SERVER]: server, [GATE_STUN]: names.length > 0 ? { aliases: names } : {} },
    },
    peers: {
      ...Object.fromEntries(networks.map((network) => [clientOf(network), { behind: network, iceServers: [] }])),
      [CONTROL_PEER]: { behind: INTERNET, iceServers: [] },
      [FAR_PEER]: { behind: FAR_HOME, iceServers: [{ server: GATE_STUN, urls: ["stun"] }] },
    },
  };
}
