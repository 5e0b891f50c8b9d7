import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsThroughDocker } from "./_docker.ts";

const broken: Scenario = {
  description:
    "coturn in a container with 3478 published and the relay range not: relayed ports are open inside alone.",
  ...callsThroughDocker(["udp:3478", "tcp:3478"]),
  ...failsWith("relay_range_closed"),
};

export default defineFailure({
  field: "F04",
  broken,
  repaired: {
    ...broken,
    description: "The relay range is published as well, a hundred ports of it.",
    ...callsThroughDocker(["udp:3478", "tcp:3478", "udp:49152-49251"]),
    ...connects,
  },
});
