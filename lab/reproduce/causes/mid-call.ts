import type { FailureCode } from "../../model/failure.ts";
import { ROLES, type Scenario } from "../../model/scenario.ts";
import type { ClientFlaw, TurnServerSpec } from "../../model/topology.ts";
import type { Cause } from "../cause.ts";
import { assumed, type Draft, redraft, routerAt, routerOf, TURN, withPeers, withRouter, withServer } from "../draft.ts";
import { onlyRelays } from "../needs-relay.ts";
import { withTurn } from "./reach.ts";

const LOST_AT_MS = 3_000;
const traffic = { messageBytes: 200, messagesPerSecond: 20, durationMs: 14_000 };
/** So few that a silent call is one. */
const SPARSE = { messageBytes: 200, messagesPerSecond: 0.1, durationMs: 21_000 };

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
  nat_mapping_expired: {
    drops: true,
    build: (draft) => {
      const idle = redraft(
        withPeers(onlyRelays(withTurn(draft)), ROLES, { flaws: ["no-keepalive"] }),
        { traffic: SPARSE },
        assumed("traffic", "so sparse that the NAT hears nothing for longer than it remembers"),
      );
      const nat = { preset: "symmetric" as const, mappingLifetimeMs: 5_000 };
      const place = `${routerAt("offerer")}.nat`;
      const note = assumed(place, "forgets after five seconds, so that nobody has to wait for minutes");
      return withRouter(idle, "offerer", { nat }, note);
    },
    repairs: ["keep-alive"],
  },
  turn_permission_expired: lapsing(
    "no-permission-refresh",
    { "permission-lifetime": 4, "channel-lifetime": 4 },
    "permissions of four seconds",
  ),
  turn_allocation_expired: lapsing(
    "no-allocation-refresh",
    { "max-allocate-lifetime": 5 },
    "allocations of five seconds",
  ),
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

/** A client that lets something of the server's end, at a server where it ends soon. */
function lapsing(flaw: ClientFlaw, options: NonNullable<TurnServerSpec["options"]>, what: string): Cause {
  return {
    drops: true,
    build: (draft) => {
      const turn = withPeers(onlyRelays(withTurn(draft)), ROLES, { flaws: [flaw] });
      const note = assumed(`topology.turnServers.${TURN}.options`, `${what}, so that nobody has to wait for minutes`);
      return redraft(withServer(turn, { options }, note), { traffic });
    },
    repairs: ["mend-client"],
  };
}

function losing(draft: Draft, changes: NonNullable<Scenario["changes"]>, why: string): Draft {
  return redraft(withServer(onlyRelays(withTurn(draft)), {}), { traffic, changes }, assumed("changes", why));
}
