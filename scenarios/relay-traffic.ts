import { defineAllocations } from "../lab/index.ts";

/** 50 × 50 packets a second, to the peer and back: what 50 callers send of audio. */
export default defineAllocations({
  description: "Fifty raw TURN clients relay packets like audio to a peer, which sends each one back, for ten seconds.",
  tags: ["load", "allocations"],
  topology: {
    routers: { home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  clients: { behind: "home" },
  farPeer: { behind: "internet" },
  allocation: { server: "turn", over: "udp", relayTo: "peer", traffic: "audio", holdMs: 10_000 },
  load: { executor: "per-vu-iterations", vus: 50, iterations: 1 },
  thresholds: {
    allocation_success: ["rate>0.99"],
    packet_delivery: ["rate>0.99"],
    round_trip_time: ["p(95)<100"],
  },
});
