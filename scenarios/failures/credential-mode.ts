import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "A fixed user at a server that takes time-limited credentials alone.",
  ...callsWith(minted, "fixed-user"),
  ...failsWith("turn_credential_mode"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: {
    ...broken,
    description: "A credential that is minted with the secret.",
    ...callsWith(minted),
    ...connects,
  },
});
