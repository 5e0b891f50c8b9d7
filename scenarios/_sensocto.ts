import type { Topology } from "../lab/index.ts";

/** A video page whose calls fail on mobile data: seven public STUN servers, and later Cloudflare's TURN as well. */
export const NAMES = ["", "1", "2", "3", "4"].map((number) => `stun${number}.l.google.com`);

export const turnServers = {
  google: { aliases: NAMES, options: { "listening-port": 19302 } },
  twilio: { aliases: ["global.stun.twilio.com"] },
  cloudflare: { aliases: ["stun.cloudflare.com"] },
} satisfies Topology["turnServers"];

export const stun = {
  urls: [
    ...NAMES.map((name) => `stun:${name}:19302`),
    "stun:global.stun.twilio.com:3478",
    "stun:stun.cloudflare.com:3478",
  ],
};

export const routers = {
  mobile: { nat: "mobile-carrier" },
  home: { nat: "home" },
} satisfies Topology["routers"];
