import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "Candidates overtake the description that they belong to, and the application throws them away.",
  ...callsOver({}),
  signalling: { delayMs: 1_000, losesEarlyCandidates: true },
  ...failsWith("signalling_reordered"),
};

export default defineFailure({
  broken,
  repaired: { ...broken, description: "In order.", signalling: undefined, ...connects },
});
