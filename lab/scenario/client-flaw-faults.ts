import { DEFAULT_PEER_ENGINE } from "../model/engine.ts";
import { parseIceUrlKind } from "../model/ice.ts";
import { parseIceUrl } from "../model/ice-url.ts";
import type { ClientFlaw } from "../model/topology.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isGridValue, isRecord, peerNamesOf, valueAt } from "./read.ts";

/** What a client does wrong with its allocation; the others need none. */
const OF_TURN: readonly ClientFlaw[] = ["ignores-stale-nonce", "no-permission-refresh", "no-allocation-refresh"];

/** Faults of what a client does wrong: an engine that is what it is, and flaws that nothing comes of. */
export function clientFlawFaults(value: unknown): Fault[] {
  const peers = peerNamesOf(value);
  return peers.flatMap((peer): Fault[] => {
    const flaws = valueAt(value, ["peers", peer, "flaws"]);
    if (!Array.isArray(flaws)) return [];
    const place = `peers.${peer}.flaws`;
    if (isGridValue(value)) {
      const expected = "none in a grid: what a cell must come to is computed from clients that do as they should";
      return [{ place, expected, found: show(flaws) }];
    }
    const engine = valueAt(value, ["peers", peer, "engine"]) ?? DEFAULT_PEER_ENGINE;
    if (engine !== DEFAULT_PEER_ENGINE) {
      const expected = `none of a peer on ${String(engine)}: a browser does what it does`;
      return [{ place, expected, found: show(flaws), hint: 'Leave the engine out, or say "werift".' }];
    }
    if (new Set(flaws).size < flaws.length) return [{ place, expected: "each flaw once", found: show(flaws) }];
    const servers = valueAt(value, ["peers", peer, "iceServers"]);
    return flaws.flatMap((flaw: unknown, index): Fault[] => {
      const at = `${place}[${index}]`;
      if (OF_TURN.some((known) => known === flaw) && !mayRelay(servers, false))
        return [
          { place: at, expected: "a TURN URL in its iceServers: it does this to an allocation", found: show(flaw) },
        ];
      if (flaw === "reuses-port" && !mayRelay(servers, true))
        return [
          {
            place: at,
            expected: "a TURN URL over UDP in its iceServers: TCP keeps a port for a while",
            found: show(flaw),
          },
        ];
      return [];
    });
  });
}

/** Whether a list has a TURN URL, over UDP where that is asked; what is no list is told elsewhere. */
function mayRelay(servers: unknown, overUdp: boolean): boolean {
  if (!Array.isArray(servers)) return true;
  return servers.some((ref: unknown) => {
    // A server by its name has all transports, and an API's answer is not known yet.
    if (!isRecord(ref)) return true;
    return [ref.urls].flat().some((url) => {
      const transport = "server" in ref ? kindOf(String(url)) : urlOf(String(url));
      return transport !== null && (!overUdp || transport === "udp");
    });
  });
}

function kindOf(kind: string): string | null {
  const parsed = parseIceUrlKind(kind);
  return parsed?.use === "turn" ? parsed.transport : null;
}

function urlOf(url: string): string | null {
  const parsed = parseIceUrl(url);
  return "kind" in parsed && parsed.kind === "turn" ? parsed.transport : null;
}
