import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const broken: Scenario = {
  description: "Signalling that takes five seconds for each message, and an application that waits for eight.",
  ...callsOver({}),
  signalling: { delayMs: 5_000 },
  sessionTimeoutMs: 8_000,
  ...failsWith("signalling_slow"),
};

export default defineFailure({
  broken,
  repaired: { ...broken, description: "Messages that come at once.", signalling: undefined, ...connects },
});
