import type { PeerReport } from "../../model/events.ts";
import type { Failure } from "../protocol.ts";
import type { IceRestarts } from "./ice-restarts.ts";
import type { TrafficExchange } from "./traffic.ts";

/**
 * What one peer says of its session: the pair in use at the end, candidates of all its ICE generations, and URLs as they
 * were tried for the first, which is what a failure to connect is told from.
 */
export function reportOf(ice: IceRestarts, traffic: TrafficExchange, failure: Failure | null): PeerReport {
  const { path } = ice.current;
  return {
    candidates: ice.all.flatMap(({ gatherer }) => gatherer.candidates),
    urls: ice.first.urls.map((report) => ({ ...report })),
    selectedPair: path && { local: path.local, remote: path.remote },
    selectedUrl: path?.url ?? null,
    selectedTransport: path?.transport ?? null,
    messagesSent: traffic.messagesSent,
    messagesReceived: traffic.messagesReceived,
    failure,
  };
}
