import { defineFailure, type Scenario } from "../../lab/index.ts";
import { connects, failsWith } from "./_calls.ts";
import { overTwoServers } from "./_two-servers.ts";

const addresses = { first: "34.77.1.10", second: "34.78.1.10" };
const withAcls = (deny: boolean) =>
  overTwoServers({
    turnServers: {
      first: { publicAddress: addresses.first, ...(deny && { options: { "denied-peer-ip": addresses.second } }) },
      second: { publicAddress: addresses.second, ...(deny && { options: { "denied-peer-ip": addresses.first } }) },
    },
  });

const broken: Scenario = {
  description: "Two TURN servers whose ACLs deny each other's relays.",
  ...withAcls(true),
  ...failsWith("turn_peer_denied"),
};

export default defineFailure({
  field: "F21",
  broken,
  repaired: { ...broken, description: "Neither denies the other.", ...withAcls(false), ...connects },
});
