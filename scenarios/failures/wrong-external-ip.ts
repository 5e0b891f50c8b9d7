import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { cloudCalls } from "./_cloud.ts";

const broken: Scenario = {
  description:
    "coturn on a cloud VM with another external-ip than its own: nobody reaches the relay that it hands out.",
  ...cloudCalls({ options: { "external-ip": "34.99.99.99" } }),
  ...failsWith("relay_address_wrong"),
};

export default defineFailure({
  field: "F02",
  broken,
  repaired: { ...broken, description: "The VM's own external-ip.", ...cloudCalls({}), ...connects },
});
