import { defineFailure, type Scenario } from "../../lab/index.ts";
import { type Calls, callsOver, connects, failsWith } from "./_calls.ts";
import { alice, aliceKnown } from "./_credentials.ts";

const calls = (host: string): Calls => {
  const list = [{ urls: `turn:${host}:3478`, ...alice }];
  const { topology, ...rest } = callsOver(aliceKnown, { list });
  return { ...rest, topology: { ...topology, deadHosts: ["old-turn.example.org"] } };
};

const broken: Scenario = {
  description: "A list that names a server whose record is gone.",
  ...calls("old-turn.example.org"),
  ...failsWith("dns_failed"),
};

export default defineFailure({
  field: "F32",
  broken,
  repaired: { ...broken, description: "The name that there is.", ...calls("turn.lab.test"), ...connects },
});
