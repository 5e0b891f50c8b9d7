import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";

/** The list comes after two seconds, and the server is gone by then. */
const calls = (servers: string[]): Pick<Scenario, "topology" | "peers" | "load" | "changes"> => ({
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { first: {}, second: {} },
    iceServerApis: { backend: { provider: "static", servers, latencyMs: 2_000 } },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["backend"] },
    answerer: { behind: "far", iceServers: ["backend"] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
  changes: [{ atMs: 0, server: "first", becomes: "cut-off" }],
});

const broken: Scenario = {
  description: "The only server of the list is cut off from the network, and its name still leads there.",
  ...calls(["first"]),
  ...failsWith("turn_server_lost"),
};

export default defineFailure({
  field: "F32",
  broken,
  repaired: { ...broken, description: "A second server in the list.", ...calls(["first", "second"]), ...connects },
});
