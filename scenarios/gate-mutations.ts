import { defineGateMutations } from "../lab/index.ts";
import { accessFaults } from "./_gate-faults-access.ts";
import { listenerFaults } from "./_gate-faults-listeners.ts";
import { peerFaults } from "./_gate-faults-peers.ts";
import { relayFaults } from "./_gate-faults-relay.ts";
import { harmless } from "./_gate-harmless.ts";

export default defineGateMutations({
  description:
    "Two good turnserver.conf files, changed in one thing at a time: the gate must catch every fault, and nothing else.",
  bases: {
    secret: { config: "configs/gate-good.turnserver.conf", profile: "configs/gate-good.profile.json" },
    users: { config: "configs/gate-users.turnserver.conf", profile: "configs/gate-users.profile.json" },
  },
  faults: [...relayFaults, ...listenerFaults, ...accessFaults, ...peerFaults],
  harmless,
});
