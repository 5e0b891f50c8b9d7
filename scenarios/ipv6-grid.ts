import { defineGrid, type IceServerRef, type RouterSpec } from "../lab/index.ts";
import { firstPairStays } from "./_engine-differences.ts";

/** Networks by what they give their hosts, with a NAT that matters and one that does not. */
const routers: Record<string, RouterSpec> = {
  ipv4: { nat: "home" },
  "ipv4-symmetric": { nat: "symmetric" },
  dual: { nat: "home", ip: "dual" },
  "dual-symmetric": { nat: "symmetric", ip: "dual" },
  "dual-udp-blocked": { nat: "home", ip: "dual", firewall: "udp-blocked" },
  ipv6: { nat: "home", ip: "ipv6" },
  nat64: { nat: "mobile-carrier", ip: "nat64" },
  // Nothing is filtered on the way back from IPv4: others reach who cannot send to them first.
  "nat64-full-cone": { nat: "full-cone", ip: "nat64" },
};

const behind: Record<string, string> = {
  ...Object.fromEntries(Object.keys(routers).map((name) => [name, name])),
  "ipv6, 2nd": "ipv6",
  internet: "internet",
};
const peerOf = (label: string) => `at-${label.replace(", ", "-")}`;

const TABLES: Record<string, IceServerRef[]> = {
  "STUN, dual stack": [{ server: "turn", urls: ["stun"] }],
  // Behind NAT64 a peer learns its IPv4 address only from a server without IPv6.
  "STUN, IPv4 alone": [{ server: "ipv4-turn", urls: ["stun"] }],
  "STUN and TURN": [{ server: "turn", urls: ["stun", "tls"] }],
};
const labels = Object.keys(behind);

export default defineGrid({
  description: "IPv4, dual stack, IPv6 alone and NAT64 call each other: which path there is.",
  tags: ["grid", "ipv6"],
  topology: { routers, turnServers: { turn: { ip: "dual" }, "ipv4-turn": { ip: "ipv4" } } },
  peers: Object.fromEntries(
    Object.entries(behind).map(([label, name]) => [peerOf(label), { behind: name, iceServers: [] }]),
  ),
  // Each pair once: who calls makes no difference to the path.
  cells: Object.entries(TABLES).flatMap(([table, iceServers]) =>
    labels.flatMap((row, index) =>
      labels.slice(index + 1).map((column) => ({
        table,
        row,
        column,
        offerer: peerOf(row),
        answerer: peerOf(column),
        iceServers: { offerer: iceServers, answerer: iceServers },
      })),
    ),
  ),
  concurrency: 4,
  // With `--peers firefox`, on a busy machine: eleven of 20, since two address families make many pairs.
  differences: [firstPairStays(["STUN and TURN"], 0.75)],
});
