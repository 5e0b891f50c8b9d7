import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const near = { nat: "home" } as const;
const broken: Scenario = {
  description: "A client that takes the local ports of the call before, which left its allocations behind.",
  ...callsOver({}, { near, peers: { transportPolicy: "relay", flaws: ["reuses-port"] } }),
  ...failsWith("turn_port_reused"),
};

export default defineFailure({
  field: "F15",
  broken,
  repaired: {
    ...broken,
    description: "A new port for each call.",
    ...callsOver({}, { near, peers: { transportPolicy: "relay" } }),
    ...connects,
  },
});
