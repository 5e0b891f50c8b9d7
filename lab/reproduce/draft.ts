import type { Evidence } from "../model/evidence.ts";
import { ALL_URL_KINDS, type IceUrlKind } from "../model/ice.ts";
import { ROLES, type Role, type Scenario } from "../model/scenario.ts";
import {
  type IceServerRef,
  isRawIceServer,
  type OwnIceServer,
  type PeerSpec,
  type RouterSpec,
  type TurnServerSpec,
} from "../model/topology.ts";
import type { Conclusion } from "./conclusion.ts";
import type { FieldEnd } from "./field-ends.ts";

/** Why a part of a scenario is as it is; `at` is its place (`topology.routers.near`). */
export type Note = {
  at: string;
  text: string;
  /** Nothing in the evidence says it: the simplest that fits. */
  isAssumed: boolean;
};

/** A scenario that is being written, with the reasons of its parts. */
export type Draft = { scenario: Scenario; notes: Note[] };

/** What scenarios are written from. */
export type Field = {
  evidence: Evidence;
  ends: Record<Role, FieldEnd>;
  conclusions: readonly Conclusion[];
};

/** The server that a drafted scenario is about, and the second one, where there are two. */
export const TURN = "turn";
export const SECOND = "second";

export const assumed = (at: string, text: string): Note => ({ at, text, isAssumed: true });
export const known = (at: string, text: string): Note => ({ at, text, isAssumed: false });

/** A draft with another scenario, and more notes; a place has the notes that were given last. */
export function redraft(draft: Draft, scenario: Partial<Scenario>, ...notes: Note[]): Draft {
  const kept = draft.notes.filter(({ at }) => !notes.some((note) => note.at === at));
  return { scenario: { ...draft.scenario, ...scenario }, notes: [...kept, ...notes] };
}

export function withServer(draft: Draft, spec: Partial<TurnServerSpec>, ...notes: Note[]): Draft {
  return redraft(draft, serverChanged(draft.scenario, TURN, spec), ...notes);
}

export function serverChanged(
  { topology }: Scenario,
  name: string,
  spec: Partial<TurnServerSpec>,
): Pick<Scenario, "topology"> {
  const turnServers = { ...topology.turnServers, [name]: { ...topology.turnServers?.[name], ...spec } };
  return { topology: { ...topology, turnServers } };
}

/** The router of an end, changed; one on the public internet gets a router. */
export function withRouter(draft: Draft, role: Role, spec: Partial<RouterSpec>, ...notes: Note[]): Draft {
  const { topology, peers } = draft.scenario;
  const name = routerOf(role);
  const routers = { ...topology.routers, [name]: { nat: "home" as const, ...topology.routers?.[name], ...spec } };
  const peer = { ...peers[role], behind: name };
  return redraft(draft, { topology: { ...topology, routers }, peers: { ...peers, [role]: peer } }, ...notes);
}

export const routerOf = (role: Role): string => (role === "offerer" ? "near" : "far");
export const routerAt = (role: Role): string => `topology.routers.${routerOf(role)}`;

/** Both peers, or one of them, changed. */
export function withPeers(draft: Draft, roles: readonly Role[], change: Partial<PeerSpec>, ...notes: Note[]): Draft {
  return redraft(draft, { peers: peersChanged(draft.scenario, roles, () => change) }, ...notes);
}

export function peersChanged(
  { peers }: Scenario,
  roles: readonly Role[],
  change: (peer: PeerSpec) => Partial<PeerSpec>,
): Scenario["peers"] {
  const changed = roles.map((role) => [role, { ...peers[role], ...change(peers[role]) }] as const);
  return { ...peers, ...Object.fromEntries(changed) };
}

/** The same with these kinds of URL of the server in both peers' lists, and nothing else of it. */
export function withUrls(draft: Draft, urls: readonly IceUrlKind[], roles: readonly Role[] = ROLES): Draft {
  return redraft(draft, { peers: peersChanged(draft.scenario, roles, () => ({ iceServers: [ownServer(urls)] })) });
}

export const ownServer = (urls: readonly IceUrlKind[], server = TURN): OwnIceServer => ({ server, urls: [...urls] });

/** The kinds of TURN URL in a peer's list, of one server or of all. */
export function turnKinds({ iceServers }: PeerSpec): IceUrlKind[] {
  return iceServers.flatMap((ref) => (isRawIceServer(ref) ? [] : kindsOf(ref))).filter((kind) => kind !== "stun");
}

export const kindsOf = (
  ref: Exclude<IceServerRef, { urls: string | string[]; server?: never }>,
): readonly IceUrlKind[] => (typeof ref === "string" ? ALL_URL_KINDS : "server" in ref ? ref.urls : []);
