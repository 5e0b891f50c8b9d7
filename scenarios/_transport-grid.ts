import { defineGrid, type IceUrlKind, type PeerEngine, type PeerSpec, type RouterSpec } from "../lab/index.ts";
import { comparedGrid, engineOf } from "./_agreement.ts";
import { TRANSPORT_GRID_DIFFERENCES } from "./_engine-differences.ts";

/** Networks that a caller may sit in, by the name of the router or the wire that makes them so. */
const networks: Record<string, RouterSpec> = {
  open: { nat: "home" },
  "mobile-carrier": { nat: "mobile-carrier" },
  corporate: { nat: "corporate" },
  "udp-blocked": { nat: "home", firewall: "udp-blocked" },
  "udp-rejected": { nat: "home", firewall: "udp-rejected" },
  "stun-port-blocked": { nat: "home", firewall: "stun-port-blocked" },
  "web-only": { nat: "corporate", firewall: "web-only" },
  "tls-443": { nat: "corporate", firewall: "tls-443" },
  "proxy-only": { nat: "corporate", firewall: "proxy-only" },
  dual: { nat: "home", ip: "dual" },
  "ipv6-only": { nat: "home", ip: "ipv6" },
  nat64: { nat: "mobile-carrier", ip: "nat64" },
};

/** Conditions of the caller's own wire, in an open network. */
const wires: Record<string, PeerSpec["link"]> = {
  lossy: { latencyMs: 20, jitterMs: 5, loss: 0.02 },
  satellite: { latencyMs: 250 },
  "slow-uplink": { latencyMs: 15, up: { rateKbps: 256 }, down: { rateKbps: 2000 } },
  tunnel: { mtu: 1300 },
};

/** How the caller reaches its TURN server, by transport and port. */
const transports: Record<string, IceUrlKind> = {
  "udp/3478": "udp",
  "tcp/3478": "tcp",
  "tcp/80": "tcp:80",
  "tls/5349": "tls",
  "tls/443": "tls:443",
};

const callers: Record<string, PeerSpec> = {
  ...Object.fromEntries(Object.keys(networks).map((behind) => [behind, { behind, iceServers: [] }])),
  ...Object.fromEntries(
    Object.entries(wires).map(([name, link]) => [name, { behind: "open", iceServers: [], ...(link ? { link } : {}) }]),
  ),
};

/** The grid with peers of one engine, with the default one where none is named. */
export const transportGrid = (engine?: PeerEngine) =>
  defineGrid({
    ...comparedGrid("transport-grid", engine),
    differences: TRANSPORT_GRID_DIFFERENCES,
    description: "A caller in every network reaches a far peer by TURN alone, over one transport at a time.",
    topology: {
      routers: { ...networks, "far-home": { nat: "home" } },
      // An IPv4 server, as most are: what has IPv6 alone needs NAT64 to get there.
      turnServers: { turn: { ip: "ipv4" } },
    },
    peers: {
      ...Object.fromEntries(
        Object.entries(callers).map(([name, peer]) => [`at-${name}`, { ...peer, ...engineOf(engine) }]),
      ),
      // It knows its own address by STUN: a browser's host candidates are names that only its own LAN can look up.
      far: { behind: "far-home", iceServers: [{ server: "turn", urls: ["stun"] }], ...engineOf(engine) },
    },
    // One transport after the other: so no caller has several calls at a time, which its slow wire would not carry.
    cells: Object.entries(transports).flatMap(([column, kind]) =>
      Object.keys(callers).map((row) => ({
        table: "TURN transport",
        row,
        column,
        offerer: `at-${row}`,
        answerer: "far",
        iceServers: { offerer: [{ server: "turn", urls: [kind] }] },
        transportPolicy: { offerer: "relay" },
      })),
    ),
    traffic: { messageBytes: 200, messagesPerSecond: 10, durationMs: 1_000 },
    concurrency: 4,
  });
