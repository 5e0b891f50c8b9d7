import { defineFailure, type Scenario } from "../../lab/index.ts";
import { callsOver, connects, failsWith } from "./_calls.ts";

const publicAddress = "34.77.1.10";
const peers = { transportPolicy: "relay" } as const;
const denied = { "denied-peer-ip": "34.77.0.0-34.77.255.255" };

const broken: Scenario = {
  description: "The ACL denies the provider's block, and with it the server's own address: its relays cannot meet.",
  ...callsOver({ publicAddress, options: denied }, { peers }),
  ...failsWith("turn_own_address_denied"),
};

export default defineFailure({
  field: "F19",
  broken,
  repaired: {
    ...broken,
    description: "allowed-peer-ip with the server's own address.",
    ...callsOver({ publicAddress, options: { ...denied, "allowed-peer-ip": publicAddress } }, { peers }),
    ...connects,
  },
});
