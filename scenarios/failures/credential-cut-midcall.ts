import { defineFailure, type IceServerApiSpec, type Scenario } from "../../lab/index.ts";
import { connects, dropsWith } from "./_calls.ts";

const api: IceServerApiSpec = { provider: "cloudflare", servers: ["turn"], cutsAtExpiry: true };
const topology = {
  routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
  turnServers: { turn: {} },
} as const;

const broken: Scenario = {
  description: "A provider ends allocations when their credential expires, after four seconds of a call of ten.",
  topology: { ...topology, iceServerApis: { api: { ...api, ttlSeconds: 4 } } },
  peers: {
    offerer: { behind: "near", iceServers: ["api"], transportPolicy: "relay" },
    answerer: { behind: "far", iceServers: ["api"], transportPolicy: "relay" },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  traffic: { messageBytes: 200, messagesPerSecond: 20, durationMs: 10_000 },
  ...dropsWith("turn_allocation_cut"),
};

export default defineFailure({
  field: "F13",
  broken,
  repaired: {
    ...broken,
    description: "A credential that outlives the call.",
    topology: { ...topology, iceServerApis: { api: { ...api, ttlSeconds: 60 } } },
    ...connects,
  },
});
