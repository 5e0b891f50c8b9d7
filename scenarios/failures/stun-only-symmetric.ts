import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, stun } from "./_calls.ts";

const broken: Scenario = {
  description: "STUN alone between two symmetric NATs: each learns a port that is not the one its checks leave by.",
  ...callsOver({}, { list: [stun] }),
  ...failsWith("no_turn_server"),
};

export default defineFailure({
  field: "F01",
  broken,
  repaired: { ...broken, description: "The same two NATs with TURN beside STUN.", ...callsOver({}), ...connects },
});
