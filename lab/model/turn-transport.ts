import type { PeerReport } from "./events.ts";
import type { TurnTransport } from "./ice.ts";
import { parseIceUrl } from "./ice-url.ts";
import type { Role } from "./scenario.ts";

type End = Pick<PeerReport, "candidates" | "selectedPair" | "selectedTransport">;

/**
 * How an end reaches the TURN server that its data goes through: where it sends through it, or else hears through it. Ends
 * may select different pairs of one priority (libwebrtc), each sending to the far one's relay by itself.
 */
export function turnTransportOf(peers: Readonly<Record<Role, End>>, role: Role): TurnTransport | null {
  const own = peers[role];
  if (own.selectedTransport !== null) return own.selectedTransport;
  const seen = peers[role === "offerer" ? "answerer" : "offerer"].selectedPair?.remote;
  const relay = own.candidates.find((c) => c.type === "relay" && c.address === seen?.address && c.port === seen?.port);
  const url = relay?.url === undefined ? null : parseIceUrl(relay.url);
  return url && "transport" in url ? url.transport : null;
}
