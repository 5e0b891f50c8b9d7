import { defineScenario, type PeerSpec } from "../lab/index.ts";

const iceServers: PeerSpec["iceServers"] = [{ server: "turn", urls: ["stun", "udp", "tcp", "tls:443"] }];

export default defineScenario({
  description:
    "Chromium calls Firefox, both in offices whose only way out is an HTTP proxy, which their settings name.",
  tags: ["browsers"],
  topology: {
    routers: { near: { nat: "home", firewall: "proxy-only" }, far: { nat: "home", firewall: "proxy-only" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "near", iceServers, engine: "chromium" },
    answerer: { behind: "far", iceServers, engine: "firefox" },
  },
  load: { executor: "per-vu-iterations", vus: 2, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "tls", answerer: "tls" },
  exclusive: true,
  thresholds: { connect_time: ["p(95)<2000"] },
});
