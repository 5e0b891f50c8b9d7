import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { cloudCalls } from "./_cloud.ts";

const broken: Scenario = {
  description: "coturn on a cloud VM without external-ip: its relay candidates carry the VM's private address.",
  ...cloudCalls({ options: { "external-ip": false } }),
  ...failsWith("relay_address_wrong"),
};

export default defineFailure({
  field: "F02",
  broken,
  repaired: { ...broken, description: "external-ip=PUBLIC/PRIVATE.", ...cloudCalls({}), ...connects },
});
