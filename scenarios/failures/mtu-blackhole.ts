import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const tunnel = (fragmentationNeeded: boolean) =>
  callsOver({}, { near: { nat: "home", link: { mtu: 1_000, fragmentationNeeded } }, far: { nat: "home" } });

const broken: Scenario = {
  description:
    "A tunnel that drops what is larger than 1000 bytes without a word: calls connect, and data does not come.",
  ...tunnel(false),
  traffic: { messageBytes: 1_150, messagesPerSecond: 50, durationMs: 100 },
  sessionTimeoutMs: 8_000,
  ...failsWith("path_mtu"),
};

export default defineFailure({
  field: "F25",
  broken,
  repaired: {
    ...broken,
    description: "The tunnel says what is too large (ICMP, fragmentation needed), and the sender's system cuts it.",
    ...tunnel(true),
    ...connects,
    expectedPath: "direct",
  },
});
