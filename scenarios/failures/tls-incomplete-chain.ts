import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { callsOverTls } from "./_tls.ts";

const broken: Scenario = {
  description:
    "Two offices that let out TLS on 443 alone, and a server with a certificate sent without the intermediate one that signed it.",
  ...callsOverTls({ certificate: "incomplete-chain" }),
  ...failsWith("turn_tls_incomplete_chain"),
};

export default defineFailure({
  field: "F09",
  broken,
  repaired: {
    ...broken,
    description: "The same with a certificate that clients take.",
    ...callsOverTls({}),
    ...connects,
  },
});
