import type { Topology } from "../lab/index.ts";

/** Phase 2 of an application on Google's cloud: its turnserver.conf, its firewall rules and its iceServers, as written. */
const PUBLIC_ADDRESS = "34.72.10.20";
const PASSWORD = "a-strong-password";

export const turnServers = {
  turn: {
    config: "configs/scrum.turnserver.conf",
    configValues: {
      YOUR_VM_EXTERNAL_IP: PUBLIC_ADDRESS,
      YOUR_VM_INTERNAL_IP: "10.128.0.2",
      GENERATE_STRONG_PASSWORD: PASSWORD,
    },
    firewall: ["udp:3478", "udp:49152-65535", "tcp:3478", "tcp:49152-65535", "tcp:5349"],
  },
  google: { aliases: ["stun.l.google.com"], options: { "listening-port": 19302 } },
} satisfies Topology["turnServers"];

const urls = [
  `turn:${PUBLIC_ADDRESS}:3478`,
  `turn:${PUBLIC_ADDRESS}:3478?transport=tcp`,
  `turns:${PUBLIC_ADDRESS}:5349?transport=tcp`,
];

export const stun = { urls: "stun:stun.l.google.com:19302" };

export const turn = { urls, username: "scrum", credential: PASSWORD };

export const turnsOnly = { ...turn, urls: urls.slice(2) };
