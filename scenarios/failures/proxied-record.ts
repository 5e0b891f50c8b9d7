import { defineFailure, type Scenario } from "../../lab/index.ts";
import { type Calls, callsOver, connects, failsWith } from "./_calls.ts";
import { alice, aliceKnown } from "./_credentials.ts";

const name = "turn.example.org";

/** A machine of a CDN, which lets the web in and nothing else, and the server; the name leads to one of them. */
const calls = (leadsTo: "cdn" | "turn"): Calls => {
  const list = [{ urls: `turn:${name}:3478`, ...alice }];
  const { topology, ...rest } = callsOver({ ...aliceKnown, ...(leadsTo === "turn" && { hostname: name }) }, { list });
  const cdn = {
    options: { "aux-server": ["34.104.1.10:443"] },
    publicAddress: "34.104.1.10",
    firewall: ["tcp:443" as const],
    ...(leadsTo === "cdn" && { hostname: name }),
  };
  return { ...rest, topology: { ...topology, turnServers: { ...topology.turnServers, cdn } } };
};

const broken: Scenario = {
  description: "The server's record leads to a CDN in front of it, which takes the web's ports alone.",
  ...calls("cdn"),
  ...failsWith("turn_firewalled"),
};

export default defineFailure({
  field: "F33",
  broken,
  repaired: { ...broken, description: "The record leads to the server itself.", ...calls("turn"), ...connects },
});
