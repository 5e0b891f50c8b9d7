import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsWith, minted } from "./_credentials.ts";

const broken: Scenario = {
  description: "The application writes the hash in hexadecimal digits, and the server wants base64.",
  ...callsWith(minted, "hex"),
  ...failsWith("turn_wrong_hash"),
};

export default defineFailure({
  field: "F10",
  broken,
  repaired: { ...broken, description: "Base64 of the hash.", ...callsWith(minted), ...connects },
});
