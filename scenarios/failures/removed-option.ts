import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overTls } from "./_calls.ts";

const broken: Scenario = {
  description: "A file for another version: coturn ignores the line that it does not know, and listens elsewhere.",
  ...callsOver({ options: { "tls-port": 443, "aux-server": false } }, { list: [overTls] }),
  ...failsWith("turn_not_listening"),
};

export default defineFailure({
  field: "F27",
  broken,
  repaired: {
    ...broken,
    description: "The word that this version knows.",
    ...callsOver({ options: { "tls-listening-port": 443 } }, { list: [overTls] }),
    ...connects,
  },
});
