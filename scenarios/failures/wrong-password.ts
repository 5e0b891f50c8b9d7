import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, fixed } from "./_credentials.ts";

const broken: Scenario = {
  description: "A user that the server knows, with a password that it does not.",
  ...callsWith(fixed, "wrong-password"),
  ...failsWith("turn_wrong_password"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "The user's own password.", ...callsWith(fixed), ...connects },
});
