import { defineGrid, type IceUrlKind, type RouterSpec } from "../lab/index.ts";
import { firstPairStays } from "./_engine-differences.ts";

/** Routers behind routers, subscribers of one carrier, and networks that let half of what ICE wants through. */
const routers: Record<string, RouterSpec> = {
  // A carrier that hairpins, and its subscribers.
  carrier: { nat: "cgnat-rfc6888" },
  "home-a": { nat: "home", upstream: "carrier" },
  "home-b": { nat: "home", upstream: "carrier" },
  "office-a": { nat: "symmetric", upstream: "carrier" },
  // One that does not.
  "old-carrier": { nat: "cgnat" },
  "home-c": { nat: "home", upstream: "old-carrier" },
  "home-d": { nat: "home", upstream: "old-carrier" },
  // One mapping for all outside, many inside of it.
  outer: { nat: { mapping: "endpoint-independent", filtering: "address-dependent" } },
  inner: { nat: { mapping: "address-and-port-dependent", filtering: "endpoint-independent" }, upstream: "outer" },
  // STUN gets out, other peers are not sent to.
  "stun-out-open": { nat: "full-cone", firewall: { allow: ["udp:3478", "tcp"] } },
  "stun-out": { nat: "address-restricted", firewall: { allow: ["udp:3478"] } },
  "stun-port-blocked": { nat: "home", firewall: "stun-port-blocked" },
  "udp-blocked": { nat: "home", firewall: "udp-blocked" },
  home: { nat: "home" },
  symmetric: { nat: "symmetric" },
};

const behind: Record<string, string> = {
  ...Object.fromEntries(Object.keys(routers).map((name) => [name, name])),
  "home-a, 2nd": "home-a",
  internet: "internet",
};
const peerOf = (label: string) => `at-${label.replace(", ", "-")}`;

const TABLES: Record<string, IceUrlKind[]> = { "STUN only": ["stun"], "STUN, and TURN over TLS": ["stun", "tls"] };
const labels = Object.keys(behind);

export default defineGrid({
  description: "Routers behind routers, hairpinning carriers and half-open firewalls: who reaches whom.",
  tags: ["grid"],
  topology: { routers, turnServers: { turn: {} } },
  peers: Object.fromEntries(
    Object.entries(behind).map(([label, name]) => [peerOf(label), { behind: name, iceServers: [] }]),
  ),
  // Each pair once: who calls makes no difference to the path.
  cells: Object.entries(TABLES).flatMap(([table, urls]) =>
    labels.flatMap((row, index) =>
      labels.slice(index + 1).map((column) => ({
        table,
        row,
        column,
        offerer: peerOf(row),
        answerer: peerOf(column),
        iceServers: { offerer: [{ server: "turn", urls }], answerer: [{ server: "turn", urls }] },
      })),
    ),
  ),
  concurrency: 4,
  differences: [firstPairStays(["STUN, and TURN over TLS"], 0.5)],
});
