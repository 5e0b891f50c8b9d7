import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith, overTls } from "./_calls.ts";

const near = { nat: "home", firewall: "tls-443" } as const;

const broken: Scenario = {
  description: "Two offices that let out TLS on 443 and look inside: plain TURN on 443 is cut.",
  ...callsOver({}, { near, list: [{ server: "turn", urls: ["tcp:443"] }] }),
  ...failsWith("turn_tls_required"),
};

export default defineFailure({
  field: "F06",
  broken,
  repaired: {
    ...broken,
    description: "`turns:` on the same port.",
    ...callsOver({}, { near, list: [overTls] }),
    ...connects,
    expectedTransport: "tls",
  },
});
