import type { FailureCode } from "../../model/failure.ts";
import { ROLES } from "../../model/scenario.ts";
import type { TurnServerSpec } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { assumed, ownServer, peersChanged, redraft, TURN, withPeers, withServer } from "../draft.ts";
import { onlyRelays } from "../needs-relay.ts";
import { withTurn } from "./reach.ts";

/** The server gives no relayed address, or fewer than a call needs. One relay may be enough: both ends use relays alone. */
export const ALLOCATION = {
  turn_quota_reached: limited({ options: { "user-quota": 1 } }, "raise-quota", "the evidence does not say which quota"),
  turn_user_quota: limited({ options: { "user-quota": 1 } }, "raise-quota"),
  // Each peer has a user of its own where credentials are minted.
  turn_total_quota: limited({ secrets: ["a-shared-secret"], options: { "total-quota": 1 } }, "raise-quota"),
  turn_bandwidth_quota: limited({ options: { "max-bps": 1_000_000, "bps-capacity": 1_500_000 } }, "raise-quota"),
  turn_insufficient_capacity: limited({ options: { "min-port": 50_000, "max-port": 50_000 } }, "widen-relay-range"),
  turn_port_reused: {
    build: (draft) =>
      redraft(
        withPeers(onlyRelays(withTurn(draft)), ROLES, { flaws: ["reuses-port"] }),
        { load: { executor: "per-vu-iterations", vus: 1, iterations: 2 } },
        assumed("load", "one call after the other: the second takes the ports of the first"),
      ),
    repairs: ["mend-client"],
  },
  turn_family_mismatch: {
    build: (draft) => {
      const { topology } = draft.scenario;
      const routers = { near: { nat: "symmetric" as const }, far: { nat: "home" as const, ip: "ipv6" as const } };
      const [near, far] = [{ iceServers: [ownServer(["udp"])] }, { iceServers: [ownServer(["stun"])] }];
      const peers = peersChanged(draft.scenario, ROLES, () => ({}));
      return redraft(
        draft,
        {
          topology: { ...topology, routers, turnServers: { [TURN]: { ip: "dual" } } },
          peers: {
            offerer: { ...peers.offerer, behind: "near", ...near, transportPolicy: "relay" },
            answerer: { ...peers.answerer, behind: "far", ...far, transportPolicy: "all" },
          },
        },
        assumed("topology.routers", "an IPv4 relay at one end, IPv6 alone at the other"),
      );
    },
    repairs: ["both-families", "add-turn"],
  },
} as const satisfies Partial<Record<FailureCode, Cause>>;

function limited(
  spec: Partial<TurnServerSpec>,
  repair: Cause["repairs"][number],
  why = "room for one end of a call",
): Cause {
  return {
    build: (draft) =>
      withServer(onlyRelays(withTurn(draft)), spec, assumed(`topology.turnServers.${TURN}.options`, why)),
    repairs: [repair],
  };
}
