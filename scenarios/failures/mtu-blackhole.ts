import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const behind = (fragmentationNeeded: boolean) =>
  ({ near: { nat: "home", link: { mtu: 576, fragmentationNeeded } }, far: { nat: "home" } }) as const;

const broken: Scenario = {
  description: "A tunnel of 576 bytes that drops larger packets without a word: ICE connects, and DTLS does not.",
  ...callsOver({}, behind(false)),
  ...failsWith("path_mtu"),
};

export default defineFailure({
  field: "F25",
  broken,
  repaired: {
    ...broken,
    description: "The tunnel says what is too large (ICMP fragmentation needed).",
    ...callsOver({}, behind(true)),
    ...connects,
    expectedPath: "direct",
  },
});
