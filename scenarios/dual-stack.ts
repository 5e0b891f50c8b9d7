import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "Two dual-stack homes whose NATs are symmetric: over IPv4 only a relay connects them, over IPv6 they meet.",
  tags: ["ipv6"],
  topology: {
    routers: { near: { nat: "symmetric", ip: "dual" }, far: { nat: "symmetric", ip: "dual" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["turn"] },
    answerer: { behind: "far", iceServers: ["turn"] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "direct",
});
