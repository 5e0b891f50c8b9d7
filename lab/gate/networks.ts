import { fateOf } from "../model/firewall.ts";
import type { ClientNetwork } from "../model/gate-profile.ts";
import type { TurnUrl } from "../model/ice-url.ts";
import { type RouterSpec, routerBehaviour } from "../model/topology.ts";

/** The router that stands for each network of clients. */
export const NETWORK_ROUTERS: Readonly<Record<ClientNetwork, RouterSpec>> = {
  home: { nat: "home" },
  symmetric: { nat: "symmetric" },
  cgnat: { nat: "cgnat" },
  "udp-blocked": { nat: "udp-blocked" },
  "web-only": { nat: "corporate", firewall: "web-only" },
  "tls-443": { nat: "corporate", firewall: "tls-443" },
};

/** Whether a network lets out what goes to such a URL. */
export function isLetOut(network: ClientNetwork, { transport, port }: Pick<TurnUrl, "transport" | "port">): boolean {
  const { firewall } = routerBehaviour(NETWORK_ROUTERS[network]);
  const flow = { protocol: transport === "udp" ? "udp" : "tcp", port, isTls: transport === "tls" } as const;
  return fateOf(firewall, flow) === "passed";
}
