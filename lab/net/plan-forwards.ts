import { type PortRule, parsePortRule } from "../model/firewall.ts";
import { STUN_PORT } from "../model/ice.ts";
import { portRanges } from "../model/port-ranges.ts";
import type { AddressPlan } from "./address-plan.ts";

/** A port outside of a router, and whether it must lead to the same port of a node inside. */
export type ForwardToLookAt = {
  to: string;
  outside: string;
  inside: string;
  protocol: "udp" | "tcp";
  port: number;
  isForwarded: boolean;
};

const MAX_PORT = 65_535;
/** What is looked at where all ports of a protocol are meant. */
const OF_ALL = [STUN_PORT, MAX_PORT];

/**
 * What has to be looked at of a router's forwards: the first and the last port of each rule, and those beside it that lead
 * nowhere. Of a one-to-one router, the outside addresses of servers: at the ports that a firewall further out lets
 * through.
 */
export function planForwardChecks(plan: AddressPlan, router: string): ForwardToLookAt[] {
  const forwards = plan.forwards[router] ?? [];
  const all = forwards.flatMap(({ ports }) => ports);
  const shared = forwards.flatMap(({ to, inside, outside, ports }) => {
    const look = (isForwarded: boolean) => (at: Pick<ForwardToLookAt, "protocol" | "port">) => {
      return { to, outside, inside, ...at, isForwarded };
    };
    return [...ports.flatMap(edges).map(look(true)), ...besides(ports, all).map(look(false))];
  });
  const servers = Object.entries(plan.serversInside).flatMap(([to, server]) => {
    if (server.behind !== router || server.forwarded.length > 0) return [];
    const { publicAddress: outside, inside, letIn } = server;
    return letIn.flatMap(edges).map((at) => ({ to, outside, inside, ...at, isForwarded: true }));
  });
  return [...new Map([...shared, ...servers].map((one) => [JSON.stringify(one), one])).values()];
}

function edges(rule: PortRule): Pick<ForwardToLookAt, "protocol" | "port">[] {
  const parsed = parsePortRule(rule);
  if (!parsed) throw new RangeError(`expected a port rule such as udp:49152-65535, found "${rule}"`);
  const { protocol, min, max } = parsed;
  const ports = min === 0 ? OF_ALL : [...new Set([min, max])];
  return ports.map((port) => ({ protocol, port }));
}

/** Ports next to a rule's, below and above, that no rule of the router names. */
function besides(rules: readonly PortRule[], all: readonly PortRule[]): Pick<ForwardToLookAt, "protocol" | "port">[] {
  return (["udp", "tcp"] as const).flatMap((protocol) => {
    const taken = portRanges(all, protocol);
    const isFree = (port: number) =>
      port >= 1 && port <= MAX_PORT && !taken.some((r) => r.min <= port && port <= r.max);
    const ports = portRanges(rules, protocol).flatMap(({ min, max }) => [min - 1, max + 1]);
    return [...new Set(ports)].filter(isFree).map((port) => ({ protocol, port }));
  });
}
