import type { EndedCall } from "./diagnose-session.ts";
import { changeFacts, labRouters, labServer } from "./lab-facts.ts";
import type { StartedLab } from "./lab-up.ts";
import type { EndEvidence, LabEvidence } from "./model/evidence.ts";
import { type Change, ROLES, type Role } from "./model/scenario.ts";
import { INTERNET, type PeerSpec, type Topology } from "./model/topology.ts";
import type { AddressPlan } from "./net/address-plan.ts";
import type { Callers } from "./server-evidence.ts";
import type { CountedWires } from "./watched-wires.ts";

export type CallParts = {
  ended: EndedCall;
  /** Those that were made while it ran; Unix ms. */
  changes: readonly { at: number; change: Change }[];
  counted: CountedWires;
};

type Given = {
  topology: Topology;
  peers: Readonly<Record<string, PeerSpec>>;
  lab: Pick<StartedLab, "turnServers" | "serverStates">;
};

/** What only a lab knows of a call: its networks, its servers, and what it did to them. Nothing is asked for it. */
export function labEvidence(
  { ended, changes, counted }: CallParts,
  { topology, peers, lab }: Given,
): Omit<LabEvidence, "asked" | "retries"> {
  const { startedAt, endedAt, signalling, result, timelines } = ended;
  const routersOf = (role: Role) => {
    const { peer } = ended.peers[role];
    const { behind = INTERNET } = peers[peer] ?? {};
    return labRouters(topology, { name: peer, behind }, counted.wireOf, counted.dropsOf);
  };
  const silences = result.recoveries
    .filter(({ isSilence }) => isSilence)
    .map(({ agoMs }) => endedAt - agoMs - startedAt);
  const told = ROLES.flatMap((role) =>
    (timelines?.[role]?.entries ?? []).filter(({ step }) => step === "silent").map(({ atMs }) => atMs),
  );
  return {
    routers: { offerer: routersOf("offerer"), answerer: routersOf("answerer") },
    servers: Object.values(lab.turnServers).map((plan) =>
      labServer({ topology }, plan, { isUp: lab.serverStates.isUp(plan.name), wireOf: counted.wireOf }),
    ),
    signalling,
    changes: changes.map(({ at, change }) => ({ atMs: at - startedAt, ...changeFacts(change) })),
    silentAtMs: silences.at(-1) ?? told.at(-1) ?? null,
  };
}

/** By what a server's log tells a call's own sessions: where its packets come from, and what its ends call themselves. */
export function callersOf(
  { peers, usernames }: Pick<EndedCall, "peers" | "usernames">,
  ends: readonly EndEvidence[],
  given: Pick<Given, "topology" | "peers"> & { plan: AddressPlan },
): Callers {
  const nodes = ROLES.flatMap((role) => chainOf(peers[role].peer, given));
  const planned = nodes.flatMap((node) => [
    ...(given.plan.nodes[node]?.interfaces ?? []).flatMap(({ address, extra = [], ipv6 }) => [
      address,
      ...extra,
      ...(ipv6 ? [ipv6.address] : []),
    ]),
    ...Object.values(given.plan.outsideOf[node] ?? {}),
  ]);
  const seen = ends.flatMap(({ candidates }) => candidates.map(({ address }) => address));
  // A fixed user is everybody's.
  const own = ends.some(({ iceServers }) => iceServers?.some(({ usernameExpiry }) => usernameExpiry !== null));
  return { addresses: new Set([...planned, ...seen]), users: own ? usernames : new Set() };
}

function chainOf(peer: string, { topology, peers }: Pick<Given, "topology" | "peers">): string[] {
  const chain = [peer];
  for (let name = peers[peer]?.behind ?? INTERNET; name !== INTERNET; ) {
    chain.push(name);
    name = topology.routers?.[name]?.upstream ?? INTERNET;
  }
  return chain;
}
