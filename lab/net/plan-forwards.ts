import { type ParsedPortRule, type PortRule, parsePortRule } from "../model/firewall.ts";
import { STUN_PORT } from "../model/ice.ts";
import { portRanges } from "../model/port-ranges.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { Forward } from "./servers-inside.ts";

type At = { protocol: "udp" | "tcp"; port: number };

/** Ports outside of a router, and whether each must lead to the same port of a node inside. */
export type ForwardToLookAt = Omit<Forward, "ports"> & {
  checks: (At & { isForwarded: boolean })[];
  /** UDP ports from which the node itself sends: nobody has come by them before. */
  leaving: number[];
};

const MAX_PORT = 65_535;
/** What is looked at where all ports of a protocol are meant. */
const OF_ALL = { min: STUN_PORT, max: MAX_PORT };

/**
 * What has to be looked at of a router's forwards: the first and the last port of each rule, and those beside it that lead
 * nowhere. Of a one-to-one router, the outside addresses of servers: at the ports that a firewall further out lets
 * through.
 */
export function planForwardChecks(plan: AddressPlan, router: string): ForwardToLookAt[] {
  const forwards = Object.values(Object.groupBy(plan.forwards[router] ?? [], ({ to }) => to)).flatMap((own = []) => {
    const [first] = own;
    return first ? [{ ...first, ports: own.flatMap(({ ports }) => ports) }] : [];
  });
  const all = forwards.flatMap(({ ports }) => ports);
  const servers = Object.entries(plan.serversInside).flatMap(
    ([to, { behind, forwarded, publicAddress, inside, letIn }]) =>
      behind === router && forwarded.length === 0 ? [{ to, inside, outside: publicAddress, ports: letIn }] : [],
  );
  return [
    ...forwards.map((forward) => lookAt(forward, besides(forward.ports, all))),
    ...servers.map((server) => lookAt(server, [])),
  ];
}

function lookAt({ ports, ...node }: Forward, beside: readonly At[]): ForwardToLookAt {
  const rules = ports.map(parsed);
  const edges = rules.flatMap(({ protocol, min, max }) => [...new Set([min, max])].map((port) => ({ protocol, port })));
  return {
    ...node,
    checks: [
      ...beside.map((at) => ({ ...at, isForwarded: false })),
      ...edges.map((at) => ({ ...at, isForwarded: true })),
    ],
    leaving: rules.flatMap(({ protocol, min, max }) => (protocol === "udp" ? [Math.min(min + 1, max)] : [])),
  };
}

function parsed(rule: PortRule): ParsedPortRule {
  const found = parsePortRule(rule);
  if (!found) throw new RangeError(`expected a port rule such as udp:49152-65535, found "${rule}"`);
  return found.min === 0 ? { ...found, ...OF_ALL } : found;
}

/** Ports next to a rule's, below and above, that no rule of the router names. */
function besides(rules: readonly PortRule[], all: readonly PortRule[]): At[] {
  return (["udp", "tcp"] as const).flatMap((protocol) => {
    const taken = portRanges(all, protocol);
    const isFree = (port: number) =>
      port >= 1 && port <= MAX_PORT && !taken.some((r) => r.min <= port && port <= r.max);
    const ports = portRanges(rules, protocol).flatMap(({ min, max }) => [min - 1, max + 1]);
    return [...new Set(ports)].filter(isFree).map((port) => ({ protocol, port }));
  });
}
