import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { overTwoServers } from "./_two-servers.ts";

const behindOneRouter = (hairpinning: boolean) =>
  overTwoServers({
    routers: { cloud: { nat: { preset: "cloud-1to1", hairpinning } } },
    turnServers: { first: { behind: "cloud" }, second: { behind: "cloud" } },
  });

const broken: Scenario = {
  description: "Two TURN servers behind one router that does not lead its own outside addresses back in.",
  ...behindOneRouter(false),
  ...failsWith("relay_no_hairpin"),
};

export default defineFailure({
  field: "F20",
  broken,
  repaired: { ...broken, description: "A router that hairpins.", ...behindOneRouter(true), ...connects },
});
