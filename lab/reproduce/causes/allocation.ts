import type { FailureCode } from "../../model/failure.ts";
import { ROLES } from "../../model/scenario.ts";
import type { TurnServerSpec } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { assumed, ownServer, peersChanged, redraft, SECOND, TURN, withPeers, withServer } from "../draft.ts";
import { onlyRelays } from "../needs-relay.ts";
import { withTurn } from "./reach.ts";

/** Anywhere on the internet, since nothing leaves the lab. */
const ALTERNATE = "34.78.1.10";

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
        { load: { executor: "per-vu-iterations", vus: 1, iterations: 3 } },
        assumed("load", "one call after the other: each takes the ports of the one before"),
      ),
    repairs: ["mend-client"],
  },
  turn_alternate_not_followed: {
    build: (draft) => {
      const turn = onlyRelays(withTurn(draft));
      const { topology } = turn.scenario;
      const options = { "alternate-server": `${ALTERNATE}:3478` };
      const turnServers = { [TURN]: { options }, [SECOND]: { publicAddress: ALTERNATE } };
      return redraft(turn, { topology: { ...topology, turnServers } });
    },
    repairs: ["name-the-other"],
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
