import { defineScenario } from "../lab/index.ts";

export default defineScenario({
  description:
    "An office that blocks port 3478 calls a symmetric NAT: no STUN, and TURN over UDP on port 443 carries the call.",
  tags: ["firewalls"],
  topology: {
    routers: { office: { nat: "home", firewall: "stun-port-blocked" }, mobile: { nat: "symmetric" } },
    turnServers: { turn: {} },
  },
  peers: {
    offerer: { behind: "office", iceServers: [{ server: "turn", urls: ["stun", "udp", "udp:443"] }] },
    // A browser learns its own address from TURN over UDP too, and would call any NAT but a symmetric one without a relay.
    answerer: { behind: "mobile", iceServers: [{ server: "turn", urls: ["stun"] }] },
  },
  load: { executor: "per-vu-iterations", vus: 4, iterations: 5 },
  expectedPath: "relayed",
  expectedTransport: { offerer: "udp" },
});
