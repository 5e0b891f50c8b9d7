import { defineFailure, type IceServerApiSpec, type Scenario } from "../../lab/index.ts";
import { type Calls, connects, failsWith } from "./_calls.ts";

const calls = (api: Partial<IceServerApiSpec>): Calls => ({
  topology: {
    routers: { near: { nat: "symmetric" }, far: { nat: "symmetric" } },
    turnServers: { turn: {} },
    iceServerApis: { api: { provider: "cloudflare", servers: ["turn"], ...api } },
  },
  peers: {
    offerer: { behind: "near", iceServers: ["api"] },
    answerer: { behind: "far", iceServers: ["api"] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
});

const broken: Scenario = {
  description: "A provider's answer that is not what it documents: the application makes no list of it.",
  ...calls({ faults: [{ answer: "malformed" }] }),
  ...failsWith("ice_servers_malformed"),
};

export default defineFailure({
  field: "F38",
  broken,
  repaired: { ...broken, description: "The answer as documented.", ...calls({}), ...connects },
});
