import type { Scenario, Topology } from "../lab/index.ts";

/** A guide and attendees on mobile data, and Xirsys, which names another server at each call: fr-turn7, fr-turn8, … */
export const routers = {
  guide: { nat: "mobile-carrier" },
  attendee: { nat: "symmetric" },
} satisfies Topology["routers"];

export const peers = {
  offerer: { behind: "guide", iceServers: ["xirsys"], transportPolicy: "relay" },
  answerer: { behind: "attendee", iceServers: ["xirsys"], transportPolicy: "relay" },
} satisfies Scenario["peers"];

export const xirsys = {
  provider: "xirsys",
  servers: ["seven", "eight"],
  ttlSeconds: 3_600,
} satisfies NonNullable<Topology["iceServerApis"]>[string];
