import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "A stored key that turnadmin made for another realm than the server's.",
  ...callsOver({ realm: "turn.example.org", keyRealm: "example.org" }),
  ...failsWith("turn_wrong_realm"),
};

export default defineFailure({
  field: "F12",
  broken,
  repaired: {
    ...broken,
    description: "A key that was made for the server's realm.",
    ...callsOver({ realm: "turn.example.org" }),
    ...connects,
  },
});
