import { defineFailure, type Scenario } from "../../lab/index.ts";
import { type Calls, callsOver, connects, failsWith } from "./_calls.ts";

const publicAddress = "34.78.1.10";
const options = { "alternate-server": `${publicAddress}:3478` };

const calls = (server: "turn" | "other"): Calls => {
  const { topology, ...rest } = callsOver({ options }, { list: [{ server, urls: ["udp"] }] });
  return { ...rest, topology: { ...topology, turnServers: { ...topology.turnServers, other: { publicAddress } } } };
};

const broken: Scenario = {
  description: "A server that names another one (300 Try Alternate), and a client that does not go there.",
  ...calls("turn"),
  ...failsWith("turn_alternate_not_followed"),
};

export default defineFailure({
  field: "F31",
  broken,
  repaired: { ...broken, description: "The list names the other server itself.", ...calls("other"), ...connects },
});
