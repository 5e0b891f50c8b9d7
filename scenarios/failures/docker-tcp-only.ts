import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsThroughDocker } from "./_docker.ts";

const broken: Scenario = {
  description: "coturn in a container with `-p 3478:3478`, which publishes TCP alone: over UDP nobody hears of it.",
  ...callsThroughDocker(["tcp:3478", "udp:49152-49251"]),
  ...failsWith("turn_firewalled"),
};

export default defineFailure({
  field: "F04",
  broken,
  repaired: {
    ...broken,
    description: "`-p 3478:3478/udp` beside it.",
    ...callsThroughDocker(["udp:3478", "tcp:3478", "udp:49152-49251"]),
    ...connects,
  },
});
