import { hidesHosts } from "./engine.ts";
import type { CallEnd, IceFlow } from "./expected-path.ts";
import { letsIn, type PortRule, parsePortRule } from "./firewall.ts";
import { ALL_URL_KINDS, type IceUrlKind, parseIceUrlKind } from "./ice.ts";
import type { MediaKind } from "./load.ts";
import { listensAt, relayRange, usualPort } from "./server-ports.ts";
import {
  INTERNET,
  isRawIceServer,
  type PeerSpec,
  routerBehaviour,
  serverIp,
  type Topology,
  type TurnServerSpec,
} from "./topology.ts";

/** One end of a call out of a topology: the routers around a peer, and the ICE flows that its servers would answer. */
export function callEndOf(topology: Topology, peer: PeerSpec, media?: readonly MediaKind[]): CallEnd {
  const { behind, iceServers, transportPolicy = "all" } = peer;
  const ip = topology.routers?.[behind]?.ip ?? "ipv4";
  const flows = iceServers.flatMap((ref) => {
    // No expectation is computed from an application's own entries: grids have none of them.
    if (isRawIceServer(ref)) return [];
    const { server, urls } = typeof ref === "string" ? { server: ref, urls: ALL_URL_KINDS } : ref;
    const spec = topology.turnServers?.[server];
    if (!spec) throw new Error(`no TURN server ${server} in the topology`);
    // NAT64 reaches IPv4 servers, IPv6 alone does not.
    if (ip === "ipv6" && serverIp(spec, topology) === "ipv4") return [];
    const flows = urls.flatMap((kind) => flowOf(kind, server, spec) ?? []);
    // DNS64 leaves alone what has an IPv6 address: such a server never sees the one that NAT64 has outside.
    if (ip !== "nat64" || serverIp(spec, topology) === "ipv4") return flows;
    return flows.map((flow) => (flow.use === "stun" ? { ...flow, seesIpv6: true as const } : flow));
  });
  const end = { routers: routersAround(topology, behind), flows, transportPolicy, ip };
  return hidesHosts(peer, media) ? { ...end, hidesHosts: { isToldIpv6: asksOverIpv6(topology, peer) } } : end;
}

/** Whether it asks a STUN server that has IPv6, and tells it what address it has. */
function asksOverIpv6(topology: Topology, { iceServers }: PeerSpec): boolean {
  return iceServers.some((ref) => {
    if (isRawIceServer(ref)) return false;
    const { server, urls } = typeof ref === "string" ? { server: ref, urls: ALL_URL_KINDS } : ref;
    const spec = topology.turnServers?.[server];
    return spec !== undefined && urls.includes("stun") && serverIp(spec, topology) === "dual";
  });
}

/** From the innermost outwards. */
function routersAround(topology: Topology, behind: string): CallEnd["routers"] {
  if (behind === INTERNET) return [];
  const spec = topology.routers?.[behind];
  if (!spec) throw new Error(`no router ${behind} in the topology`);
  const around = routersAround(topology, spec.upstream ?? INTERNET);
  return [{ name: behind, behaviour: routerBehaviour(spec) }, ...around];
}

/** Null where the server does not listen, or its own firewall lets nobody in. */
function flowOf(kind: IceUrlKind, server: string, spec: TurnServerSpec): IceFlow | null {
  const parsed = parseIceUrlKind(kind);
  if (!parsed) throw new Error(`${kind} is no kind of URL`);
  const { use, transport, port } = parsed;
  if (!listensAt(spec, { transport, port })) return null;
  const { firewall } = spec;
  const flow = {
    server,
    protocol: transport === "udp" ? ("udp" as const) : ("tcp" as const),
    port: port ?? usualPort(spec, transport),
    isTls: transport === "tls",
  };
  if (!letsIn(firewall, flow)) return null;
  if (use === "stun") return { ...flow, use };
  const { min, max } = relayRange(spec);
  return { ...flow, use, isRelayOpen: firewall === undefined || coversRange(firewall, min, max) };
}

/** Whether UDP to every port of a range is let in; one rule must do that alone. */
function coversRange(firewall: readonly PortRule[], first: number, last: number): boolean {
  return firewall.some((rule) => {
    const parsed = parsePortRule(rule);
    return parsed !== null && parsed.protocol === "udp" && parsed.min <= first && last <= parsed.max;
  });
}
