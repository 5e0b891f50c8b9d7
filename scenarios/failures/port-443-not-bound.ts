import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overTls } from "./_calls.ts";

const broken: Scenario = {
  description:
    "A list that names port 443, which the server did not get: it is up, and listens on its usual ports alone.",
  ...callsOver({ options: { "aux-server": false } }, { list: [overTls] }),
  ...failsWith("turn_not_listening"),
};

export default defineFailure({
  field: "F07",
  broken,
  repaired: {
    ...broken,
    description: "The server listens on 443.",
    ...callsOver({}, { list: [overTls] }),
    ...connects,
  },
});
