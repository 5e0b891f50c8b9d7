import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description:
    "A server whose datagrams leave with a TTL of 1, as those of coturn 4.17.0: the first router drops them.",
  ...callsOver({ sendsTtl: 1 }),
  ...failsWith("turn_answers_expire"),
};

export default defineFailure({
  field: "F26",
  broken,
  repaired: { ...broken, description: "A TTL of 64.", ...callsOver({ sendsTtl: 64 }), ...connects },
});
