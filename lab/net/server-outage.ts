import type { AddressPlan } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { familyOf } from "./ipv6-plan.ts";
import { farEnd } from "./links/plan-links.ts";

/** `tracked`: all passes, and flows are remembered, for a server that will be drained. */
export type WireState = "open" | "tracked" | "cut-off" | "drained";

/** Where a server's packets pass: its own namespace, and its wire's far end. */
export type OutageFacts = {
  server: string;
  /** The far end's interface, which others may share. */
  interface: string;
  addresses: readonly string[];
  /** Where clients come to; relayed addresses have other ports. */
  ports: readonly number[];
};

/**
 * What the far end of a server's wire lets pass, as nft text that replaces what stood there. Cut off: nothing from it and
 * nothing to it, and nobody is told, as ARP goes on. Drained: what is new to a listener vanishes; what was answered before
 * goes on, and so does all that the server begins, and whatever comes to its relayed addresses. Pure.
 */
export function compileOutage(facts: OutageFacts, state: WireState): string {
  const table = tableOf(facts.server);
  const empty = `table ${table}\ndelete table ${table}\n`;
  if (state === "open") return empty;
  const match = (direction: "saddr" | "daddr") =>
    (["ipv4", "ipv6"] as const).flatMap((family) => {
      const own = facts.addresses.filter((address) => familyOf(address) === family);
      return own.length === 0 ? [] : [`${family === "ipv4" ? "ip" : "ip6"} ${direction} { ${own.join(", ")} }`];
    });
  const [from, to] = [`iifname "${facts.interface}"`, `oifname "${facts.interface}"`];
  const fresh = `meta l4proto { tcp, udp } th dport { ${facts.ports.join(", ")} } ct state new`;
  const chains =
    state === "cut-off"
      ? [
          ["chain from_server", "prerouting priority raw", match("saddr").map((own) => `${from} ${own} drop`)] as const,
          ["chain to_server", "postrouting priority raw", match("daddr").map((own) => `${to} ${own} drop`)] as const,
        ]
      : [
          [
            "chain to_server",
            "postrouting priority filter",
            match("daddr").map((own) => `${to} ${own} ${fresh} ${state === "drained" ? "drop" : "accept"}`),
          ] as const,
        ];
  const lines = chains.flatMap(([name, hook, rules]) => [
    `  ${name} {`,
    `    type filter hook ${hook}; policy accept;`,
    ...rules.map((rule) => `    ${rule}`),
    "  }",
  ]);
  return [`${empty}table ${table} {`, ...lines, "}", ""].join("\n");
}

/** Neighbours on a LAN do not pass by the far end: the server's own namespace hears nothing either. */
const DEAF = "inet deaf";
function compileDeaf(isDeaf: boolean): string {
  const empty = `table ${DEAF}\ndelete table ${DEAF}\n`;
  if (!isDeaf) return empty;
  return `${empty}table ${DEAF} {
  chain input {
    type filter hook prerouting priority raw; policy accept;
    iifname != "lo" drop
  }
}
`;
}

/** nft names have no hyphen in the middle of an expression, and nodes no underscore. */
const tableOf = (server: string) => `inet outage_${server.replaceAll("-", "_")}`;

type Parts = { fabric: Fabric; plan: AddressPlan; pids: Record<string, number> };

/** Sets what a server's wire lets pass, and looks whether the rules stand. */
export async function setWireState(
  { server, ports }: { server: string; ports: readonly number[] },
  state: WireState,
  { fabric, plan, pids }: Parts,
): Promise<void> {
  const [own] = plan.nodes[server]?.interfaces ?? [];
  if (!own) throw new Error(`${server} has no interface in the address plan`);
  const { far } = farEnd(plan, own);
  const addresses = [own.address, ...(own.ipv6 ? [own.ipv6.address] : [])];
  const text = compileOutage({ server, interface: far.interface, addresses, ports }, state);
  const load = async (node: string, table: string, stdin: string, expected: string | null) => {
    const netns = pids[node];
    if (netns === undefined) throw new Error(`no container for ${node}`);
    const listed = await fabric.exec(["sh", "-c", "nft -f - && nft list ruleset"], { stdin, netns });
    const isThere = listed.includes(`table ${table} {`);
    if (isThere === (expected !== null) && listed.includes(expected ?? "")) return;
    throw new Error(`${node}: nft loaded without an error, but ${server} is not ${state} in what it lists:\n${listed}`);
  };
  const expected = {
    open: null,
    tracked: "ct state new accept",
    "cut-off": "from_server",
    drained: "ct state new drop",
  };
  await Promise.all([
    load(far.node, tableOf(server), text, expected[state]),
    load(server, DEAF, compileDeaf(state === "cut-off"), state === "cut-off" ? 'iifname != "lo" drop' : null),
  ]);
}
