import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "The application mints credentials with another secret than the server has.",
  ...callsWith(minted, "wrong-secret"),
  ...failsWith("turn_wrong_secret"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "One secret on both sides.", ...callsWith(minted), ...connects },
});
