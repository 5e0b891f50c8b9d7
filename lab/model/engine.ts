/** The WebRTC stack that a peer runs on. `werift` is the light one and the default; the others are real browsers. */
export const PEER_ENGINES = ["werift", "chromium", "firefox"] as const;
export type PeerEngine = (typeof PEER_ENGINES)[number];
export const DEFAULT_PEER_ENGINE: PeerEngine = "werift";

export const isBrowser = (engine: PeerEngine): boolean => engine !== "werift";
