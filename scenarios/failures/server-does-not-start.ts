import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "A listening-ip that the machine does not have: coturn starts, and listens nowhere.",
  ...callsOver({ options: { "listening-ip": "34.99.99.99" } }),
  ...failsWith("turn_server_not_started"),
};

export default defineFailure({
  field: "F07",
  broken,
  repaired: { ...broken, description: "Its own address.", ...callsOver({}), ...connects },
});
