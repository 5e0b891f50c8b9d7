import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "It rings and never connects: no candidate that one peer tells comes to the other.",
  ...callsOver({}),
  signalling: { drops: ["candidate"] },
  ...failsWith("signalling_lost"),
};

export default defineFailure({
  broken,
  repaired: { ...broken, description: "Signalling that delivers all.", signalling: undefined, ...connects },
});
