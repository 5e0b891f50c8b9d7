import { type Flow, fateOf, firewallOf } from "./firewall.ts";
import type { CellOutcome } from "./grid.ts";
import { completeNat, type EndpointDependence } from "./nat.ts";
import type { RouterBehaviour } from "./observed-nat.ts";
import type { IpFamily } from "./topology.ts";

/** A STUN or TURN URL of a peer: how it leaves the peer's network, and to which server, by name. */
export type IceFlow = Flow & {
  server: string;
} /** `seesIpv6`: it is asked over IPv6 alone, and has no IPv4 address to tell. */ & (
    | { use: "stun"; seesIpv6?: true }
    /** `isRelayOpen`: anybody's packets get to the relayed address; else only answers to what left from there. */
    | { use: "turn"; isRelayOpen: boolean }
  );

/** One end of a call, as far as the network decides what it comes to. */
export type CallEnd = {
  /** Routers from the peer outwards, by name; empty for a peer with a public address. */
  routers: { name: string; behaviour: RouterBehaviour }[];
  /** Only those to servers that the peer can reach at all: same IP family, let in by the server's firewall. */
  flows: IceFlow[];
  transportPolicy: "all" | "relay";
  /** What the innermost router gives its LAN. Default `ipv4`. */
  ip?: IpFamily;
  /** Its address is its own, and needs no STUN server to be known. */
  isUntranslated?: true;
  /**
   * Its host candidates are mDNS names, which nobody beyond its LAN can look up. `isToldIpv6`: a STUN server tells it its
   * IPv6 address, and it the far end.
   */
  hidesHosts?: { isToldIpv6: boolean };
  /** It is a relayed address of this server. */
  relayOf?: string;
};

/** UDP to a port that no rule singles out: another peer's, or a relayed one. */
const TO_A_PEER: Flow = { protocol: "udp", port: 50_000, isTls: false };

/**
 * What a call between two ends must come to (RFC 4787 sections 4.1 and 5, RFC 8445, RFC 8656): computed from the
 * behaviours alone. Signalling always works. A direct path is taken wherever one exists.
 */
export function expectedPath(offerer: CallEnd, answerer: CallEnd): CellOutcome {
  const isRelayOnly = [offerer, answerer].some((end) => end.transportPolicy === "relay");
  if (!isRelayOnly) {
    if (isSameLan(offerer, answerer)) return "local";
    if (connects(offerer, answerer) || connectsOverIpv6(offerer, answerer)) return "direct";
  }
  return relays(offerer, answerer) || relays(answerer, offerer) ? "relayed" : "none";
}

/**
 * Whether a flow gets out of all networks around a peer. Where the innermost one has an HTTP proxy, the peer sends TCP
 * through it and nowhere else; UDP knows no proxy.
 */
export function getsOut({ routers }: Pick<CallEnd, "routers">, flow: Flow): boolean {
  const [inner, ...outer] = routers.map(({ behaviour }) => behaviour.firewall);
  if (!inner) return true;
  const passesInner =
    inner.proxy && flow.protocol === "tcp"
      ? inner.proxy.connectPorts.includes(flow.port)
      : fateOf(inner, flow) === "passed";
  return passesInner && outer.every((firewall) => fateOf(firewall, flow) === "passed");
}

function isSameLan(a: CallEnd, b: CallEnd): boolean {
  const [routerA] = a.routers;
  return routerA !== undefined && routerA.name === b.routers[0]?.name && (isFoundOnLan(a) || isFoundOnLan(b));
}

/** Seen with both browsers: where a LAN has IPv6 alone, mDNS names are not found on it. */
function isFoundOnLan({ hidesHosts, ip = "ipv4" }: CallEnd): boolean {
  return !hidesHosts || hidesHosts.isToldIpv6 || ip === "ipv4" || ip === "dual";
}

/** One valid check is enough, from whichever end: its answer goes back the same way (RFC 8445 section 7.2.5.3). */
function connects(a: CallEnd, b: CallEnd): boolean {
  return [
    [a, b],
    [b, a],
  ].some(([from, to]) => from && to && (reachesInside(from, to) || reaches(from, to)));
}

/**
 * Nothing is translated there, and each router is a stateful firewall (RFC 6092): one mapping for all destinations, and
 * only whom a peer has sent to gets in. Both ends send to each other's host candidate, so both open.
 */
function connectsOverIpv6(a: CallEnd, b: CallEnd): boolean {
  const [sideA, sideB] = [ipv6Side(a), ipv6Side(b)];
  return sideA !== null && sideB !== null && connects(sideA, sideB);
}

function ipv6Side({ routers, transportPolicy, hidesHosts, ip = "ipv4" }: CallEnd): CallEnd | null {
  const [own] = routers;
  if (ip === "ipv4" || !own) return null;
  const behaviour = { ...STATEFUL_FIREWALL.behaviour, firewall: own.behaviour.firewall };
  const side = { routers: [{ name: own.name, behaviour }], flows: [], transportPolicy };
  return hidesHosts?.isToldIpv6 === false ? { ...side, hidesHosts } : { ...side, isUntranslated: true };
}

/** Behind NAT64 a peer has an IPv4 address outside, and cannot send to one: nothing makes IPv6 addresses of candidates. */
const sendsIpv4 = ({ ip = "ipv4" }: CallEnd) => ip === "ipv4" || ip === "dual";

/** Whether the far peer can be told an IPv4 address of this one that is its own: a public host's, or what STUN saw. */
function knowsItself(end: CallEnd): boolean {
  if (end.ip === "ipv6") return false;
  return (
    end.isUntranslated === true ||
    (end.routers.length === 0 && !end.hidesHosts) ||
    end.flows.some((flow) => isStunOverIpv4(flow) && getsOut(end, flow))
  );
}

const isStunOverIpv4 = (flow: IceFlow) => flow.use === "stun" && flow.protocol === "udp" && !flow.seesIpv6;

/** `far` is a relayed address of a server that `end` has asked for its own: it has sent to that very IP address. */
const hasAsked = (end: CallEnd, far: CallEnd) =>
  end.flows.some((flow) => isStunOverIpv4(flow) && flow.server === far.relayOf && getsOut(end, flow));

/**
 * Whether what `end` sends to `far` leaves a router by the mapping that STUN saw (RFC 4787 section 4.1): there is one for
 * all, or one for each address and the far end's is the STUN server's. Of a stack, each router must be so.
 */
const isMappingSeen = (mapping: EndpointDependence, end: CallEnd, far: CallEnd) =>
  mapping === "endpoint-independent" || (mapping === "address-dependent" && hasAsked(end, far));

/**
 * How many of the routers around `end` its checks to `far` get through, from the innermost outwards: one whose egress
 * firewall drops them has sent nothing, those inside of it have. Between two insides of one outermost router checks turn
 * back there, at a reflexive address: egress rules hold for what leaves by the WAN, and this does not.
 */
function routersPassed({ routers }: CallEnd, far: CallEnd): number {
  const asked = turnsBack({ routers }, far) ? routers.slice(0, -1) : routers;
  const blocking = asked.findIndex((_, index) => !getsOut({ routers: asked.slice(0, index + 1) }, TO_A_PEER));
  return blocking === -1 ? routers.length : blocking;
}

function turnsBack(a: Pick<CallEnd, "routers">, b: Pick<CallEnd, "routers">): boolean {
  const outermost = a.routers.at(-1);
  return outermost !== undefined && outermost.name === b.routers.at(-1)?.name;
}

/** Whether `to` hangs on a LAN that `from` goes out through: its host candidate is an address like any other there. */
function reachesInside(from: CallEnd, to: CallEnd): boolean {
  if (to.hidesHosts) return false;
  const [own] = to.routers;
  const index = from.routers.findIndex(({ name }) => name === own?.name);
  return index > 0 && getsOut({ routers: from.routers.slice(0, index) }, TO_A_PEER);
}

/**
 * Whether a check from one end arrives at the reflexive address of the other. Every NAT on the way in must let it in.
 * Either it filters nothing; or the receiver's own checks have gone to the sender's reflexive address through the mapping
 * that STUN saw, which the check goes to, and from that address the check comes. Filters are each mapping's own: what a
 * NAT sent through another mapping opens nothing here.
 */
function reaches(from: CallEnd, to: CallEnd): boolean {
  if (!knowsItself(to) || !sendsIpv4(from) || routersPassed(from, to) < from.routers.length) return false;
  // The reflexive address is the outermost router's: who stands behind the same one comes back in through it.
  if (turnsBack(from, to) && !to.routers.at(-1)?.behaviour.hairpinning) return false;
  const opened = knowsItself(from) && sendsIpv4(to) ? routersPassed(to, from) : 0;
  const isFromSeen = from.routers.every(({ behaviour }) => isMappingSeen(behaviour.mapping, from, to));
  let isSeen = true;
  return to.routers.every(({ behaviour: { mapping, filtering } }, index) => {
    isSeen &&= isMappingSeen(mapping, to, from);
    if (filtering === "endpoint-independent") return true;
    // A relayed address of the very server that STUN was asked of: the mapping has sent there.
    if (filtering === "address-dependent" && hasAsked(to, from)) return true;
    return index < opened && isSeen && (filtering === "address-dependent" || isFromSeen);
  });
}

/** Whether a relay of `end` connects it: to a relay of the far end, or to an address that a permission can name. */
function relays(end: CallEnd, far: CallEnd): boolean {
  const own = relaysOf(end);
  if (own.length === 0) return false;
  if (relaysOf(far).length > 0) return true;
  // A permission is for an IP address (RFC 8656 section 9): the far end must know its own.
  return far.transportPolicy === "all" && knowsItself(far) && own.some((relay) => connects(relay, far));
}

/** The relayed transport addresses of an end, as ends of their own. */
function relaysOf(end: CallEnd): CallEnd[] {
  return end.flows.flatMap((flow) => {
    if (flow.use !== "turn" || !getsOut(end, flow)) return [];
    const routers = flow.isRelayOpen ? [] : [STATEFUL_FIREWALL];
    return [
      { routers, flows: [], transportPolicy: "all" as const, isUntranslated: true as const, relayOf: flow.server },
    ];
  });
}

/** In front of a server: no translation, and only answers come in. As an end's router it behaves like this one. */
const STATEFUL_FIREWALL: CallEnd["routers"][number] = {
  name: "(server's firewall)",
  behaviour: {
    ...completeNat({ mapping: "endpoint-independent", filtering: "address-and-port-dependent" }),
    firewall: firewallOf(undefined),
  },
};
