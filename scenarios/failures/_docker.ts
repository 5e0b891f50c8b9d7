import type { IceServerRef, PortRule, RouterSpec } from "../../lab/index.ts";
import { type Calls, callsOver, overUdp, stun } from "./_calls.ts";

/** coturn in a container on a bridge: the host is its router, and lets in the ports that are published (`-p`). */
export function callsThroughDocker(published: PortRule[], farList: IceServerRef[] = [stun]): Calls {
  const turn = { behind: "docker", options: { "min-port": 49_152, "max-port": 49_251 } };
  const { topology, ...rest } = callsOver(turn, { list: [overUdp], farList });
  const docker: RouterSpec = { nat: "home", lan: "172.17.0.0/24", forwards: [{ to: "turn", ports: published }] };
  return { ...rest, topology: { ...topology, routers: { ...topology.routers, docker } } };
}
