import { defineFailure, type PortRule, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { cloudCalls } from "./_cloud.ts";

const listeners: PortRule[] = ["udp:3478", "tcp:3478", "udp:5349", "tcp:5349"];

const broken: Scenario = {
  description:
    "A cloud firewall that lets in 3478 and 5349, and no relay port: allocations work, and checks are dropped.",
  ...cloudCalls({ firewall: listeners }),
  ...failsWith("relay_range_closed"),
};

export default defineFailure({
  field: "F03",
  broken,
  repaired: {
    ...broken,
    description: "The same firewall with UDP 49152 to 65535 open.",
    ...cloudCalls({ firewall: [...listeners, "udp:49152-65535"] }),
    ...connects,
  },
});
