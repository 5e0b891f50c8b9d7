/** The WebRTC stack that a peer runs on. `werift` is the light one and the default; the others are real browsers. */
export const PEER_ENGINES = ["werift", "chromium", "firefox"] as const;
export type PeerEngine = (typeof PEER_ENGINES)[number];
export const DEFAULT_PEER_ENGINE: PeerEngine = "werift";

export const isBrowser = (engine: PeerEngine): boolean => engine !== "werift";

/**
 * Whether a peer tells its host candidates by mDNS names, which only its own LAN can look up. A browser does until the page
 * may use microphone or camera, as calls with media do.
 */
export function hidesHosts(
  { engine = DEFAULT_PEER_ENGINE, mdns }: { engine?: PeerEngine; mdns?: boolean },
  media: readonly unknown[] = [],
): boolean {
  return isBrowser(engine) && (mdns ?? media.length === 0);
}
