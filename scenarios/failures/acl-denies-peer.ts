import { defineFailure, type Scenario, type TurnServerSpec } from "../../lab/index.ts";
import { type Calls, connects, failsWith } from "./_calls.ts";

const relayPorts = { "min-port": 49_152, "max-port": 49_251 };

/** A media server with a coturn beside it, both on a LAN; clients elsewhere come in by a relay alone. */
const calls = (options: TurnServerSpec["options"]): Calls => ({
  topology: {
    routers: {
      office: { nat: "home", forwards: [{ to: "turn", ports: ["udp:3478", "udp:49152-49251"] }] },
      mobile: { nat: "mobile-carrier" },
    },
    turnServers: { turn: { behind: "office", options: { ...relayPorts, ...options } } },
  },
  peers: {
    offerer: { behind: "mobile", iceServers: [{ server: "turn", urls: ["udp"] }], transportPolicy: "relay" },
    answerer: { behind: "office", iceServers: [] },
  },
  load: { executor: "per-vu-iterations", vus: 3, iterations: 1 },
});

const denied = { "denied-peer-ip": "192.168.0.0-192.168.255.255" };

const broken: Scenario = {
  description: "A hardened coturn denies private peers, and the media server that clients must reach is one.",
  ...calls(denied),
  ...failsWith("turn_peer_denied"),
};

export default defineFailure({
  field: "F18",
  broken,
  repaired: {
    ...broken,
    description: "allowed-peer-ip for the media server's network; other private ones stay denied.",
    ...calls({ ...denied, "allowed-peer-ip": "192.168.1.0-192.168.1.255" }),
    ...connects,
  },
});
