import type { RouterSpec, Scenario, Topology, TurnServerSpec } from "../lab/index.ts";

/**
 * A SIP gateway (Asterisk) and a coturn of its own behind one office router, whose firewall lets out UDP to STUN and TURN
 * ports alone; clients elsewhere. First the office's router, with what it forwards.
 */
export const OFFICE_ADDRESS = "85.214.10.166";
const LOCAL_ADDRESS = "192.168.1.20";
export const TURN_PORT = "udp:3478";
export const RELAY_PORTS = "udp:49152-49999";

export function office(ports: NonNullable<RouterSpec["forwards"]>[number]["ports"]): RouterSpec {
  return {
    nat: "home",
    publicAddress: OFFICE_ADDRESS,
    firewall: { allow: ["udp:3478", "udp:80", "udp:443", "tcp"] },
    forwards: [{ to: "local", ports }],
  };
}

export const client = { nat: "corporate" } satisfies RouterSpec;

const credential = { username: "webrtc", password: "a-password" };

/** The office's own coturn. */
export const local = {
  behind: "office",
  privateAddress: LOCAL_ADDRESS,
  credential,
  realm: "office",
  options: { user: `${credential.username}:${credential.password}`, "min-port": 49_152, "max-port": 49_999 },
} satisfies TurnServerSpec;

const localAt = (address: string) => ({
  urls: `turn:${address}:3478`,
  username: credential.username,
  credential: credential.password,
});

/** As the gateway's own configuration names it, on its LAN, and as clients elsewhere do. */
export const fromInside = localAt(LOCAL_ADDRESS);
export const fromOutside = localAt(OFFICE_ADDRESS);

/** Two servers behind one cloud router, and a relay of each at either end: whether they meet is the router's hairpinning. */
export function twoServersBehindOne(hairpinning: boolean): Topology {
  return {
    routers: {
      cloud: { nat: { preset: "cloud-1to1", hairpinning }, lan: "10.128.0.0/24" },
      client,
      branch: { nat: "symmetric" },
    },
    turnServers: { first: { behind: "cloud" }, second: { behind: "cloud" } },
  };
}

export const peersOfTwoServers = {
  offerer: { behind: "client", iceServers: [{ server: "first", urls: ["udp"] }], transportPolicy: "relay" },
  answerer: { behind: "branch", iceServers: [{ server: "second", urls: ["udp"] }], transportPolicy: "relay" },
} satisfies Scenario["peers"];
