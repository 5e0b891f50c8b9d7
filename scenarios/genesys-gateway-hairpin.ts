import { defineScenario } from "../lab/index.ts";
import { peersOfTwoServers, twoServersBehindOne } from "./_genesys.ts";

export default defineScenario({
  description: "Two servers behind one router that hairpins: their relays reach each other by their public addresses.",
  tags: ["requirements", "genesys-gateway"],
  topology: twoServersBehindOne(true),
  peers: peersOfTwoServers,
  load: { executor: "per-vu-iterations", vus: 2, iterations: 3 },
  expectedPath: "relayed",
});
