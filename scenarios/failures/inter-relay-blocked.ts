import { defineFailure, type PortRule, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { overTwoServers } from "./_two-servers.ts";

const withFirewalls = (firewall: PortRule[]) =>
  overTwoServers({ turnServers: { first: { firewall }, second: { firewall } } });

const broken: Scenario = {
  description: "Two TURN servers whose firewalls let in clients and not each other's relays.",
  ...withFirewalls(["udp:3478"]),
  ...failsWith("relays_cut_off"),
};

export default defineFailure({
  field: "F21",
  broken,
  repaired: {
    ...broken,
    description: "Both let in the relay range. That the servers are two is no fault.",
    ...withFirewalls(["udp:3478", "udp:49152-65535"]),
    ...connects,
  },
});
