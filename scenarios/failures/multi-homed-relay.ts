import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overUdp, stun } from "./_calls.ts";

const ends = { list: [overUdp], farList: [stun] };

const broken: Scenario = {
  description: "relay-ip=0.0.0.0 on a machine that should say which address is its own: relay candidates say 0.0.0.0.",
  ...callsOver({ options: { "relay-ip": "0.0.0.0" } }, ends),
  ...failsWith("relay_address_wrong"),
};

export default defineFailure({
  field: "F35",
  broken,
  repaired: { ...broken, description: "The server's own address.", ...callsOver({}, ends), ...connects },
});
