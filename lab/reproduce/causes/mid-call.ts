import type { FailureCode } from "../../model/failure.ts";
import { ROLES, type Scenario } from "../../model/scenario.ts";
import type { Cause } from "../cause.ts";
import { assumed, type Draft, redraft, routerOf, TURN, withPeers, withServer } from "../draft.ts";
import { onlyRelays } from "../needs-relay.ts";
import { withTurn } from "./reach.ts";

const LOST_AT_MS = 4_000;
const traffic = { messageBytes: 200, messagesPerSecond: 20, durationMs: 12_000 };

/** The call was up, over a relay, and was lost. */
export const MID_CALL = {
  turn_server_lost: {
    drops: true,
    build: (draft) =>
      losing(draft, [{ atMs: LOST_AT_MS, server: TURN, becomes: "killed" }], "when it was lost is not told"),
    repairs: ["second-server", "restart-ice"],
  },
  nat_rebooted: {
    drops: true,
    build: (draft) => {
      const changed = losing(
        draft,
        [{ atMs: LOST_AT_MS, router: routerOf("offerer"), forgets: true }],
        "when and whose NAT is not told",
      );
      const { topology, peers } = changed.scenario;
      const routers = { ...topology.routers, near: { nat: "symmetric" as const } };
      return redraft(changed, {
        topology: { ...topology, routers },
        peers: { ...peers, offerer: { ...peers.offerer, behind: "near" } },
      });
    },
    repairs: ["restart-ice"],
  },
  turn_allocation_cut: {
    drops: true,
    build: (draft) => {
      const turn = onlyRelays(withTurn(draft));
      const { topology } = turn.scenario;
      const api = { provider: "cloudflare" as const, servers: [TURN], cutsAtExpiry: true, ttlSeconds: 4 };
      const note = assumed("topology.iceServerApis.api", "a provider that ends allocations with their credential");
      return redraft(
        withPeers(turn, ROLES, { iceServers: ["api"] }),
        { traffic, topology: { ...topology, iceServerApis: { api } } },
        note,
      );
    },
    repairs: ["longer-credential"],
  },
} as const satisfies Partial<Record<FailureCode, Cause>>;

function losing(draft: Draft, changes: NonNullable<Scenario["changes"]>, why: string): Draft {
  return redraft(withServer(onlyRelays(withTurn(draft)), {}), { traffic, changes }, assumed("changes", why));
}
