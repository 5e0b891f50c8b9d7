import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "A credential whose expiry is Date.now(), in milliseconds.",
  ...callsWith(minted, "milliseconds"),
  ...failsWith("turn_credential_milliseconds"),
};

export default defineFailure({
  field: "F11",
  broken,
  repaired: { ...broken, description: "Seconds.", ...callsWith(minted), ...connects },
});
