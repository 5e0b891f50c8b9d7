import { type PortRule, parsePortRule } from "../model/firewall.ts";
import type { AddressPlan, CoreLine } from "./address-plan.ts";
import type { Fabric } from "./fabric.ts";
import { countDrop, declareDropped } from "./rules/count-drops.ts";

/** A server's line, and what may come in over it; where others share the line, to that address of it. */
export type ServerFirewall = { line: string; address?: string; allow: readonly PortRule[] };

export const SERVER_FIREWALLS = "inet server_firewalls";
/** One table for both families, and a set holds addresses of one. */
export const IPV6 = "6";

/**
 * Cloud firewalls in front of servers, as security groups are: a list of what the internet may begin; state is kept, so
 * that whatever the server begins is answered (and ICMP errors about it come in); the rest is dropped without a word.
 * They stand where the server's line ends, at the core or a region's hub, in a table of their own: only where there is one
 * are connections tracked there. Of a server behind a one-to-one router it is the end of the router's line, and the outside
 * address that they look at; what hosts behind that router send each other does not pass them. Pure.
 */
export function compileServerFirewalls(firewalls: readonly ServerFirewall[]): string {
  const chains = firewalls.map(({ allow, ...to }) =>
    [
      `  chain ${chainOf(to)} {`,
      "    ct state established,related accept",
      ...allow.map((rule) => `    ${match(rule)} accept`),
      `    ${countDrop("ip", "in")}`,
      `    ${countDrop("ip6", "in", "", IPV6)}`,
      "    drop",
      "  }",
    ].join("\n"),
  );
  const jumps = firewalls.map((firewall) => `    ${jumpTo(firewall)}`);
  return [
    `table ${SERVER_FIREWALLS} {`,
    ...[...declareDropped("ip"), ...declareDropped("ip6", IPV6)].map((set) => `  ${set}`),
    ...chains,
    "  chain forward {",
    "    type filter hook forward priority filter - 1; policy accept;",
    ...jumps,
    "  }",
    "}",
    "",
  ].join("\n");
}

type Place = Omit<ServerFirewall, "allow">;

function chainOf({ line, address }: Place): string {
  return address === undefined ? `to_${line}` : `to_${line}_${address.replaceAll(".", "_")}`;
}

function jumpTo(place: Place): string {
  const { line, address } = place;
  return `oifname "${line}" ${address === undefined ? "" : `ip daddr ${address} `}jump ${chainOf(place)}`;
}

function match(rule: PortRule): string {
  const parsed = parsePortRule(rule);
  if (!parsed) throw new RangeError(`${rule} is no port rule: expected udp, tcp:443 or udp:49152-65535, say`);
  const { protocol, min, max } = parsed;
  if (min === 0) return `meta l4proto ${protocol}`;
  return `${protocol} dport ${min === max ? min : `${min}-${max}`}`;
}

/** Loads those whose lines end at this hub into its namespace, and looks whether they are there. */
export async function loadServerFirewalls(
  fabric: Fabric,
  hub: { name: string; pid: number },
  plan: AddressPlan,
  firewalls: Readonly<Record<string, readonly PortRule[]>>,
): Promise<void> {
  const lines = Object.entries(firewalls).flatMap(([server, allow]) => {
    const { owner, ...place } = placeOf(plan, server);
    return owner === hub.name ? [{ ...place, allow }] : [];
  });
  if (lines.length === 0) return;
  const loading = `nft -f - && nft list table ${SERVER_FIREWALLS}`;
  const listed = await fabric.exec(["sh", "-c", loading], { stdin: compileServerFirewalls(lines), netns: hub.pid });
  const missing = lines.filter((line) => !listed.includes(jumpTo(line)));
  if (missing.length > 0) throw new Error(`${hub.name}: nft loaded without an error, but does not list:\n${listed}`);
}

function placeOf(plan: AddressPlan, server: string): Place & Pick<CoreLine, "owner"> {
  const inside = plan.serversInside[server];
  // A server's only interface, or a router's first one, is where its line begins.
  const segment = plan.nodes[inside?.behind ?? server]?.interfaces[0]?.segment;
  const line = plan.coreLines.find((one) => one.segment === segment);
  if (!line) throw new Error(`${server} has no line to the internet in the address plan`);
  const { owner, interface: name } = line;
  return { owner, line: name, ...(inside ? { address: inside.publicAddress } : {}) };
}
