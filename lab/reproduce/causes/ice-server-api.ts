import type { IceServersFailureCode } from "../../model/failure.ts";
import type { IceServerApiFaultAnswer } from "../../model/ice-server-api.ts";
import { ROLES } from "../../model/scenario.ts";
import type { Cause } from "../cause.ts";
import { assumed, redraft, TURN, withPeers } from "../draft.ts";

/** The application had no list: its API did not give one. */
export const ICE_SERVER_API = {
  ice_servers_unauthorized: answering(401),
  ice_servers_forbidden: answering(403),
  ice_servers_rate_limited: answering(429),
  ice_servers_refused: answering(400),
  ice_servers_unavailable: answering(503),
  ice_servers_timeout: answering("timeout"),
  ice_servers_malformed: answering("malformed"),
} as const satisfies Record<IceServersFailureCode, Cause>;

function answering(answer: IceServerApiFaultAnswer): Cause {
  return {
    build: (draft) => {
      const api = { provider: "static" as const, servers: [TURN], faults: [{ answer }] };
      return redraft(
        withPeers(draft, ROLES, { iceServers: ["api"] }),
        { topology: { ...draft.scenario.topology, iceServerApis: { api } } },
        assumed("topology.iceServerApis.api", "the application's own backend; a provider's has other words for it"),
      );
    },
    repairs: ["api-answers"],
  };
}
