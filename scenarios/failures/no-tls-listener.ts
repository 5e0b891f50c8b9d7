import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const list = [{ server: "turn", urls: ["tls" as const] }];

const broken: Scenario = {
  description: "A coturn that cannot read its key serves on, without TLS: what it should listen on stays silent.",
  ...callsOver({ options: { pkey: "/etc/turnlab/unreadable.pem" } }, { list }),
  ...failsWith("turn_server_not_started"),
};

export default defineFailure({
  field: "F08",
  broken,
  repaired: { ...broken, description: "A key that it can read.", ...callsOver({}, { list }), ...connects },
});
