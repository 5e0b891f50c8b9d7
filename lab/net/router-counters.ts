import type { DroppedFlow, RouterCounters } from "../model/router-counters.ts";
import type { Fabric } from "./fabric.ts";
import { DROPPED, type DropDirection } from "./rules/count-drops.ts";
import { TABLE } from "./rules/ruleset.ts";
import { IPV6_TABLE } from "./rules6.ts";
import { IPV6, SERVER_FIREWALLS } from "./server-firewall.ts";

/** Where drops are counted; which of the tables a node has, it says itself. */
const TABLES = [
  { table: TABLE, suffixes: [""] },
  { table: IPV6_TABLE.replace("table ", ""), suffixes: [""] },
  { table: SERVER_FIREWALLS, suffixes: ["", IPV6] },
] as const;

const ASK = `
echo "connections $(conntrack -C 2>/dev/null || echo 0)"
awk '/^Ip:/ && !n { n = split($0, names); next } /^Ip:/ { for (i = 1; i <= n; i++) if (names[i] == "FragFails") print "tooBig", $i }' /proc/net/snmp
awk '$1 == "Ip6FragFails" { print "tooBig", $2 }' /proc/net/snmp6
tables=$(nft list tables)
${TABLES.map(({ table, suffixes }) => {
  const sets = suffixes.flatMap((suffix) => Object.values(DROPPED).map((name) => `${table} ${name}${suffix}`));
  const lists = sets.map((set) => `nft -j list set ${set}`).join("; ");
  return `case "$tables" in *"table ${table}"*) ${lists};; esac`;
}).join("\n")}
`;

/** What a router, or a hub with servers' firewalls, has not let pass; costs some 20 ms. `pid`: of its container's init. */
export async function readRouterCounters(fabric: Fabric, pid: number): Promise<RouterCounters> {
  return parseRouterCounters(await fabric.exec(["sh", "-c", ASK], { netns: pid }));
}

/** Reads `NAME NUMBER` lines, and beside them nft's JSON (libnftables-json(5)), one set a line. */
export function parseRouterCounters(text: string): RouterCounters {
  const counters: RouterCounters = { dropped: [], tooBig: 0, connections: 0 };
  for (const line of text.split("\n")) {
    const [, name, number] = /^(tooBig|connections) (\d+)$/.exec(line) ?? [];
    if (name === "tooBig") counters.tooBig += Number(number);
    else if (name === "connections") counters.connections = Number(number);
    else if (line.startsWith("{")) counters.dropped.push(...flowsOf(JSON.parse(line) as Listing));
  }
  return counters;
}

type Element = { elem: { val: { concat: unknown[] }; counter?: { packets: number } } };
type Listing = { nftables: { set?: { name: string; elem?: Element[] } }[] };

function flowsOf({ nftables }: Listing): DroppedFlow[] {
  return nftables.flatMap(({ set }) => {
    const direction = (Object.keys(DROPPED) as DropDirection[]).find((one) => set?.name.startsWith(DROPPED[one]));
    if (!set || !direction) return [];
    return (set.elem ?? []).map(({ elem: { val, counter } }) => {
      const [protocol, from, to, port] = val.concat;
      return {
        direction,
        protocol: protocol === "tcp" ? "tcp" : "udp",
        from: String(from),
        to: String(to),
        port: Number(port),
        packets: counter?.packets ?? 0,
      } as const;
    });
  });
}
