import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "A credential that expired an hour ago, as an application's cache or a wrong clock hands out.",
  ...callsWith(minted, "expired"),
  ...failsWith("turn_credential_expired"),
};

export default defineFailure({
  field: "F11",
  broken,
  repaired: { ...broken, description: "One that is minted now.", ...callsWith(minted), ...connects },
});
