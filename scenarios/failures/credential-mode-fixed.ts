import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, fixed } from "./_credentials.ts";

const broken: Scenario = {
  description: "A minted credential at a server that has users and no secret.",
  ...callsWith(fixed, "time-limited"),
  ...failsWith("turn_credential_mode"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "A user that it knows.", ...callsWith(fixed), ...connects },
});
