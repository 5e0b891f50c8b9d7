import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "A peer with an IPv4 relay and nothing else calls one that has IPv6 candidates alone.",
  topology: {
    routers: { home: { nat: "symmetric" }, campus: { nat: "home", ip: "ipv6" } },
    turnServers: { turn: { ip: "dual" } },
  },
  peers: {
    offerer: { behind: "home", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "campus", iceServers: [{ server: "turn", urls: ["stun"] }] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  ...failsWith("turn_family_mismatch"),
};

export default defineFailure({
  field: "F22",
  broken,
  repaired: {
    ...broken,
    description: "The IPv6 peer has a relay too, which gives it an IPv4 address.",
    peers: {
      ...broken.peers,
      answerer: { behind: "campus", iceServers: [{ server: "turn", urls: ["stun", "udp"] }] },
    },
    ...connects,
  },
});
