import { callEndOf } from "../model/call-end.ts";
import { expectedPath } from "../model/expected-path.ts";
import { ROLES, type Scenario } from "../model/scenario.ts";
import { isRawIceServer } from "../model/topology.ts";
import { assumed, type Draft, ownServer, peersChanged, TURN, withPeers } from "./draft.ts";

/** The same call with no way but a relay's: where its networks let it connect without one, it may not use that. */
export function needsRelay(draft: Draft): Draft {
  return connectsWithoutRelay(draft.scenario) ? onlyRelays(draft) : draft;
}

/** Both ends use relays alone. */
export function onlyRelays(draft: Draft): Draft {
  const roles = ROLES.filter((role) => draft.scenario.peers[role].transportPolicy !== "relay");
  const notes = roles.map((role) =>
    assumed(`peers.${role}.transportPolicy`, "relays alone, so that nothing else can connect"),
  );
  return withPeers(draft, roles, { transportPolicy: "relay" }, ...notes);
}

/** By what the networks let through (lab/model/expected-path.ts), with STUN alone. */
export function connectsWithoutRelay(scenario: Scenario): boolean {
  const peers = peersChanged(scenario, ROLES, ({ iceServers }) => ({
    iceServers: iceServers.some((ref) => !isRawIceServer(ref)) ? [ownServer(["stun"])] : [],
  }));
  const topology = { ...scenario.topology, turnServers: { [TURN]: {} } };
  const [offerer, answerer] = ROLES.map((role) => callEndOf(topology, peers[role]));
  return offerer !== undefined && answerer !== undefined && expectedPath(offerer, answerer) !== "none";
}
