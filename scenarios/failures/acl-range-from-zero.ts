import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "denied-peer-ip=::-::1, meant for IPv6 alone, denies every IPv4 peer.",
  ...callsOver({ options: { "denied-peer-ip": "::-::1" } }),
  ...failsWith("turn_all_denied"),
};

export default defineFailure({
  field: "F28",
  broken,
  repaired: {
    ...broken,
    description: "denied-peer-ip=::1.",
    ...callsOver({ options: { "denied-peer-ip": "::1" } }),
    ...connects,
  },
});
