import { type Flow, fateOf } from "./firewall.ts";
import type { CellOutcome } from "./grid.ts";
import type { RouterBehaviour } from "./observed-nat.ts";

/** A TURN or STUN URL of a peer: how it leaves the peer's network. */
export type IceFlow = Flow & { use: "stun" | "turn" };

/** One end of a call, as far as the network decides what it comes to. */
export type CallEnd = {
  /** Routers from the peer outwards, by name; empty for a peer with a public address. */
  routers: { name: string; behaviour: RouterBehaviour }[];
  /** Only those to servers that the peer can reach at all: same IP family, let in by the server's firewall. */
  flows: IceFlow[];
  transportPolicy: "all" | "relay";
};

/** UDP to a port that no rule singles out: another peer's. */
const TO_A_PEER: Flow = { protocol: "udp", port: 50_000, isTls: false };

/**
 * What a call between two ends must come to (RFC 4787 sections 4.1 and 5, RFC 8445): computed from the behaviours
 * alone. Signalling always works. A direct path is taken wherever one exists.
 */
export function expectedPath(offerer: CallEnd, answerer: CallEnd): CellOutcome {
  const isRelayOnly = [offerer, answerer].some((end) => end.transportPolicy === "relay");
  if (!isRelayOnly) {
    if (isSameLan(offerer, answerer)) return "local";
    if (reaches(offerer, answerer) || reaches(answerer, offerer)) return "direct";
  }
  return relays(offerer, answerer) || relays(answerer, offerer) ? "relayed" : "none";
}

/** Whether a flow gets out of all networks around a peer; the proxy of the innermost one is used where there is one. */
export function getsOut({ routers }: Pick<CallEnd, "routers">, flow: Flow): boolean {
  const [inner, ...outer] = routers.map(({ behaviour }) => behaviour.firewall);
  if (!inner) return true;
  const proxied = flow.protocol === "tcp" && (inner.proxy?.connectPorts.includes(flow.port) ?? false);
  const passesInner = inner.proxy ? proxied : fateOf(inner, flow) === "passed";
  return passesInner && outer.every((firewall) => fateOf(firewall, flow) === "passed");
}

function isSameLan(a: CallEnd, b: CallEnd): boolean {
  const [routerA] = a.routers;
  return routerA !== undefined && routerA.name === b.routers[0]?.name;
}

/** Whether the far peer can be told an address of this one that is its own: a public host's, or what STUN saw. */
function knowsItself(end: CallEnd): boolean {
  return (
    end.routers.length === 0 ||
    end.flows.some((flow) => flow.protocol === "udp" && flow.use === "stun" && getsOut(end, flow))
  );
}

const isEndpointIndependent = ({ routers }: CallEnd) =>
  routers.every(({ behaviour }) => behaviour.mapping === "endpoint-independent");

/**
 * Whether a check from one end arrives at the reflexive address of the other; its answer then goes back the same way,
 * and the pair is valid. Every NAT on the way in must let it in: it filters nothing; or it has one mapping for all
 * destinations, through which the receiver's own checks went to the sender's reflexive address, and the sender's
 * packets come from there.
 */
function reaches(from: CallEnd, to: CallEnd): boolean {
  if (!knowsItself(to) || !getsOut(from, TO_A_PEER) || !getsOut(to, TO_A_PEER)) return false;
  const shared = to.routers.find(({ name }) => from.routers.some((router) => router.name === name));
  if (shared && !shared.behaviour.hairpinning) return false;
  const opensTowards = knowsItself(from);
  return to.routers.every(({ behaviour: { mapping, filtering } }) => {
    if (filtering === "endpoint-independent") return true;
    if (!opensTowards || mapping !== "endpoint-independent") return false;
    return filtering === "address-dependent" || isEndpointIndependent(from);
  });
}

/** Whether a relay of `end` connects it: to a relay of the far end, or to an address that a permission can name. */
function relays(end: CallEnd, far: CallEnd): boolean {
  const hasRelay = (peer: CallEnd) => peer.flows.some((flow) => flow.use === "turn" && getsOut(peer, flow));
  if (!hasRelay(end)) return false;
  if (hasRelay(far)) return true;
  return far.transportPolicy === "all" && knowsItself(far) && getsOut(far, TO_A_PEER);
}
