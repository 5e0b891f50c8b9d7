import { defineScenario } from "../lab/index.ts";
import { peersOfTwoServers, twoServersBehindOne } from "./_genesys.ts";

export default defineScenario({
  description: "Two servers behind one router without hairpinning: their relays cannot reach each other.",
  tags: ["requirements", "genesys-gateway"],
  topology: twoServersBehindOne(false),
  peers: peersOfTwoServers,
  load: { executor: "per-vu-iterations", vus: 2, iterations: 1 },
  expectedPath: "none",
  expectedFailure: "ice_failed",
});
