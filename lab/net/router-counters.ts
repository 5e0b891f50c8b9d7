import type { DroppedFlow, RouterCounters } from "../model/router-counters.ts";
import type { Fabric } from "./fabric.ts";
import { DROPPED, type DropDirection } from "./rules/count-drops.ts";

const CONNECTIONS = "/proc/sys/net/netfilter/nf_conntrack_count";
/** Few processes, because it is asked around each failed call. */
const COUNTERS = `grep -Hs . /proc/net/snmp /proc/net/snmp6 ${CONNECTIONS} || true`;

/** What a router, or a hub with servers' firewalls, has not let pass. `pid`: of its container's init. */
export async function readRouterCounters(fabric: Fabric, pid: number): Promise<RouterCounters> {
  return parseRouterCounters(await fabric.exec(["sh", "-c", `nft list sets; ${COUNTERS}`], { netns: pid }));
}

/** Of connection tracking's entries so many: a load of thousands of flows is to make no file of megabytes. */
const MAX_FLOWS = 1_000;

const DESCRIBE = `
echo '# nft list ruleset'
nft list ruleset
echo '# conntrack -L, the first ${MAX_FLOWS}'
conntrack -L 2>&1 | head -n ${MAX_FLOWS}
echo '# counters of interfaces and protocols'
grep -Hs . /proc/net/dev
${COUNTERS}
`;

/** What a router's namespace does and has counted, as its own tools print it, for people; and the same counters. */
export async function describeRouter(fabric: Fabric, pid: number): Promise<{ text: string; counters: RouterCounters }> {
  const text = (await fabric.exec(["sh", "-c", DESCRIBE], { netns: pid })).trimStart();
  return { text, counters: parseRouterCounters(text) };
}

/** Reads what nft prints of sets and rules, and `FILE:LINE` lines of /proc (proc(5)). */
export function parseRouterCounters(text: string): RouterCounters {
  const numberOf = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    dropped: (Object.keys(DROPPED) as DropDirection[]).flatMap((direction) => flowsOf(text, direction)),
    tooBig: fragFails(text) + numberOf(/^\/proc\/net\/snmp6:Ip6FragFails\s+(\d+)$/m),
    connections: numberOf(new RegExp(`^${CONNECTIONS}:(\\d+)$`, "m")),
  };
}

const ELEMENT = /(\w+) \. ([\d.a-f:]+) \. ([\d.a-f:]+) \. (\d+) counter packets (\d+)/g;

/** Of the set of either family. */
function flowsOf(text: string, direction: DropDirection): DroppedFlow[] {
  const sets = text.matchAll(new RegExp(`\\bset ${DROPPED[direction]}6? \\{[^{}]*(?:\\{([^{}]*)\\})?`, "g"));
  return [...sets].flatMap(([, elements = ""]) =>
    [...elements.matchAll(ELEMENT)].map(([, protocol, from = "", to = "", port, packets]) => ({
      direction,
      protocol: protocol === "tcp" ? "tcp" : "udp",
      from,
      to,
      port: Number(port),
      packets: Number(packets),
    })),
  );
}

/** Names on one line, values on the next. */
function fragFails(text: string): number {
  const [names, values] = [...text.matchAll(/^\/proc\/net\/snmp:Ip: (.*)$/gm)].map(([, line = ""]) => line.split(" "));
  return Number(values?.[names?.indexOf("FragFails") ?? -1] ?? 0);
}
