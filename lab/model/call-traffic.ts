import { isBrowser, type PeerEngine } from "./engine.ts";
import type { Traffic } from "./load.ts";
import { DEFAULT_TRAFFIC } from "./scenario.ts";

/**
 * A browser takes the first pair that works, and moves to a better one while the call goes on (libwebrtc: p2p/base/
 * basic_ice_controller.cc; nICEr nominates aggressively). A call must last this long for its path to be the one that users
 * have; werift looks for the best pair first.
 */
export const SETTLING_MS = 1_000;

/** What a call sends: at least as long as it takes its engines to come to their path. */
export function callTraffic(traffic: Traffic = DEFAULT_TRAFFIC, engines: readonly PeerEngine[]): Traffic {
  if (!engines.some(isBrowser)) return traffic;
  return { ...traffic, durationMs: Math.max(traffic.durationMs, SETTLING_MS) };
}
