import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "The application mints with HMAC-SHA256, and the server knows HMAC-SHA1 alone.",
  ...callsWith(minted, "sha256"),
  ...failsWith("turn_wrong_hash"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "HMAC-SHA1.", ...callsWith(minted), ...connects },
});
