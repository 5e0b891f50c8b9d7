import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, fixed } from "./_credentials.ts";

const broken: Scenario = {
  description: "A user that the server has never heard of.",
  ...callsWith(fixed, "unknown-user"),
  ...failsWith("turn_unknown_user"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "A user that it knows.", ...callsWith(fixed), ...connects },
});
