import type { GateCell } from "../model/gate.ts";
import type { TurnTransport } from "../model/ice.ts";
import type { RawIceServer } from "../model/topology.ts";
import { isLetOut } from "./networks.ts";
import { turnUrls } from "./turn-urls.ts";

/** What the near end of a cell is given of a list: each TURN URL once, with the credential that the cell is about. */
export function listOfCell(iceServers: readonly RawIceServer[], { urls, username }: GateCell): RawIceServer[] {
  const given = new Set<string>();
  return iceServers.flatMap((entry) => {
    const isOther = username !== undefined && entry.username !== username;
    const own = [entry.urls].flat().filter((url) => {
      const isTurn = turnUrls([url]).length > 0;
      return urls.includes(url) && !given.has(url) && !(isTurn && isOther);
    });
    for (const url of own) given.add(url);
    return own.length > 0 ? [{ ...entry, urls: own }] : [];
  });
}

/** The transport that calls of a cell are relayed over, where its network leaves no choice; null: whichever works best. */
export function transportOfCell({ urls, network }: GateCell): TurnTransport | null {
  const able = turnUrls(urls).filter((url) => isLetOut(network, url));
  const [transport, ...others] = new Set(able.map((url) => url.transport));
  return others.length > 0 ? null : (transport ?? null);
}
