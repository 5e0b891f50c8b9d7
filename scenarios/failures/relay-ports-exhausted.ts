import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const peers = { transportPolicy: "relay" } as const;

const broken: Scenario = {
  description: "A relay range of one port: the second end of a call gets none.",
  ...callsOver({ options: { "min-port": 50_000, "max-port": 50_000 } }, { peers }),
  ...failsWith("turn_insufficient_capacity"),
};

export default defineFailure({
  field: "F17",
  broken,
  repaired: {
    ...broken,
    description: "A hundred ports.",
    ...callsOver({ options: { "min-port": 50_000, "max-port": 50_099 } }, { peers }),
    ...connects,
  },
});
