import { type Firewall, type Flow, fateOf, parsePortRule } from "../model/firewall.ts";
import { type LinkSpec, linkDirections } from "../model/link.ts";
import type { RouterBehaviour } from "../model/observed-nat.ts";
import type { ProbePlace } from "./address-plan.ts";
import type { Pace, PlannedCheck, ProbePlan } from "./agent/probe-protocol.ts";

/**
 * Ports that every reflector answers on, in pairs (RFC 5780 section 6): STUN's, the web's, and TURN over TLS with one
 * that no rule singles out.
 */
const REFLECTOR_PORTS = [3478, 3479, 80, 443, 5349, 50_000] as const;
const MAX_PORT = 65_535;

/** How sure a probe must be that not all copies of a packet were lost. */
const LOST_ALL = 1e-7;
const COPIES = { least: 6, most: 60 };
/** A packet of the probe on the wire, with its headers. */
const PACKET_BITS = 160 * 8;
/** Of a wire's rate. */
const SHARE_OF_RATE = 0.5;
/** A machine that stalls must not look like a block; costs time only where something is wrong. */
const PATIENCE_MS = 2_000;
const LOSSY_PATIENCE_MS = 8_000;

/** Where the reflectors of a lab must answer so that each rule of each firewall can be looked at from both sides. */
export function reflectorPorts(firewalls: readonly Firewall[]): number[] {
  const edges = firewalls.flatMap((firewall) => {
    const listed = [...firewall.deny, ...(firewall.allow === "all" ? [] : firewall.allow)].flatMap((rule) => {
      const parsed = parsePortRule(rule);
      return parsed && parsed.min > 0 ? [parsed.min - 1, parsed.min, parsed.max, parsed.max + 1] : [];
    });
    return [...listed, ...firewall.tlsOnly, ...(firewall.proxy?.connectPorts ?? [])];
  });
  const usable = edges.filter((port) => port >= 1 && port <= MAX_PORT);
  return [...new Set([...REFLECTOR_PORTS, ...usable.sort((a, b) => a - b)])];
}

/** Every kind of flow that a firewall tells apart, on each port the reflector has. */
export function planChecks(firewall: Firewall, ports: readonly number[]): PlannedCheck[] {
  const direct = (flow: Flow): PlannedCheck => ({ flow, via: "direct", expected: fateOf(firewall, flow) });
  const checks = ports.flatMap((port) => {
    const plain = [direct({ protocol: "udp", port, isTls: false }), direct({ protocol: "tcp", port, isTls: false })];
    // Only where the firewall looks at the payload does it matter what it is.
    return firewall.tlsOnly.includes(port) ? [...plain, direct({ protocol: "tcp", port, isTls: true })] : plain;
  });
  const { proxy } = firewall;
  if (proxy === null) return checks;
  const proxied = ports.map((port): PlannedCheck => {
    const expected = proxy.connectPorts.includes(port) ? "passed" : "rejected";
    return { flow: { protocol: "tcp", port, isTls: false }, via: "proxy", expected };
  });
  return [...checks, ...proxied];
}

/** How a path with such a wire on it must be looked at, so that its conditions are not taken for the router's doing. */
export function paceOf(link: LinkSpec | undefined): Pace {
  const directions = link ? Object.values(linkDirections(link)) : [];
  const gotThrough = directions.reduce((share, { loss = 0 }) => share * (1 - loss), 1);
  const lost = 1 - gotThrough;
  const wanted = lost > 0 && lost < 1 ? Math.ceil(Math.log(LOST_ALL) / Math.log(lost)) : COPIES.least;
  const rates = directions.flatMap(({ rateKbps }) => (rateKbps === undefined ? [] : [rateKbps]));
  const packetsPerMs = (Math.min(...rates) * SHARE_OF_RATE) / PACKET_BITS;
  return {
    copies: Math.min(COPIES.most, Math.max(COPIES.least, wanted)),
    gapMs: rates.length === 0 ? 0 : 1 / packetsPerMs,
    patienceMs: lost > 0 || rates.length > 0 ? LOSSY_PATIENCE_MS : PATIENCE_MS,
  };
}

type ProbeInput = {
  place: ProbePlace;
  behaviour: RouterBehaviour;
  link: LinkSpec | undefined;
  isLifetimeProven: boolean;
  reflector: ProbePlan["reflector"];
};

/** What a probe is told about a router. */
export function planProbe({ place, behaviour, link, isLifetimeProven, reflector }: ProbeInput): ProbePlan {
  const checks = planChecks(behaviour.firewall, reflector.ports);
  const open = checks.filter(({ via, expected }) => via === "direct" && expected === "passed");
  const tcpPorts = open.flatMap(({ flow }) =>
    flow.protocol === "tcp" ? [{ port: flow.port, isTls: flow.isTls }] : [],
  );
  return {
    reflector,
    hosts: [place.address, place.secondAddress],
    gateway: place.gateway,
    proxyPort: behaviour.firewall.proxy?.port ?? null,
    pace: paceOf(link),
    udpPorts: open.flatMap(({ flow }) => (flow.protocol === "udp" ? [flow.port] : [])).slice(0, 2),
    tcpPorts: tcpPorts.slice(0, 2),
    checks,
    lifetimeMs: isLifetimeProven ? behaviour.mappingLifetimeMs : null,
  };
}
