import { defineAllocations } from "../lab/index.ts";

/** 16,384 relay ports, coturn's default, hold them; over UDP they are one open file each at the server and one at the clients. */
export default defineAllocations({
  description:
    "Ten thousand allocations at once on one TURN server, arriving at 3,333 a second through a home's router.",
  tags: ["load", "allocations"],
  topology: {
    routers: { home: { nat: "home" } },
    turnServers: { turn: {} },
  },
  clients: { behind: "home" },
  allocation: { server: "turn", over: "udp", relayTo: "none", holdMs: 10_000 },
  load: {
    executor: "constant-arrival-rate",
    rate: 10_000,
    timeUnit: "3s",
    duration: "3s",
    preAllocatedVUs: 10_000,
  },
  thresholds: {
    allocation_success: ["rate>0.999"],
    connect_time: ["p(95)<2000"],
  },
});
