import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overUdp, stun } from "./_calls.ts";

const ends = { near: { nat: "home", ip: "ipv6" }, far: { nat: "home" } } as const;

const broken: Scenario = {
  description: "A peer with IPv6 alone calls one with IPv4 alone, without a relay.",
  ...callsOver({ ip: "dual" }, { ...ends, list: [stun] }),
  ...failsWith("no_common_family"),
};

export default defineFailure({
  field: "F22",
  broken,
  repaired: {
    ...broken,
    description: "A TURN server with both families stands between them.",
    ...callsOver({ ip: "dual" }, { ...ends, list: [overUdp] }),
    ...connects,
  },
});
