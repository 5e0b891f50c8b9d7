import type { Topology } from "../../lab/index.ts";
import type { Calls } from "./_calls.ts";

/** Two peers behind symmetric NATs, each relayed by a TURN server of its own and by nothing else. */
export const overTwoServers = ({ routers, ...topology }: Topology): Calls => ({
  topology: { ...topology, routers: { ...routers, near: { nat: "symmetric" }, far: { nat: "symmetric" } } },
  peers: {
    offerer: { behind: "near", iceServers: [{ server: "first", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: [{ server: "second", urls: ["udp"] }], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
});
