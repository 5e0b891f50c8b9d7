import type { GateCell } from "../model/gate.ts";
import { CLIENT_NETWORKS, type ClientNetwork, type GateProfile } from "../model/gate-profile.ts";
import type { TurnUrl } from "../model/ice-url.ts";
import type { RawIceServer } from "../model/topology.ts";
import { auxPorts, usualPorts } from "../model/turn-listeners.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { relaysToPeers } from "./acl.ts";
import { optionsOf } from "./config-options.ts";
import { isLetOut } from "./networks.ts";
import { turnUrls } from "./turn-urls.ts";

type Url = TurnUrl & { url: string };

/**
 * The kinds of call that must work, none twice: from each network with the whole list, between two relays, over each TURN
 * URL alone, and as each user of several. Networks out of which nothing of the list gets are `cellsThatCannotWork`'s. `config`:
 * the baseline, else the candidate. Pure.
 */
export function planCells(profile: Pick<GateProfile, "networks" | "iceServers">, config: TurnConfig): GateCell[] {
  const { networks, iceServers } = profile;
  const all = [...new Set(iceServers.flatMap(({ urls }) => [urls].flat()))];
  const turn = turnUrls(all);
  // A server that may relay to its own relays alone serves calls of which both ends are relayed.
  const far: GateCell["far"] = relaysToPeers(config) ? "any" : "relayed";
  const outOf = (network: ClientNetwork) => turn.filter((url) => isLetOut(network, url));
  const able = networks.filter((network) => outOf(network).length > 0);
  const whole = able.map((network) => ({
    id: network,
    network,
    who: CLIENT_NETWORKS[network],
    urls: all,
    far,
    option: onlyOption(outOf(network), config),
  }));
  const between = ableToRelay(able, turn);
  const isCovered = ({ url }: Url) => able.some((network) => outOf(network).every((other) => other.url === url));
  const alone = turn
    .filter((url) => !isCovered(url))
    .flatMap((url) => {
      const network = able.find((one) => isLetOut(one, url));
      if (network === undefined) return [];
      return {
        id: `${network} ${url.url}`,
        network,
        who: `users who come by ${url.url}`,
        urls: [url.url],
        far,
        option: optionOf(url, config),
      };
    });
  const users = furtherUsers(iceServers).flatMap(({ username, urls }) => {
    const [url] = turnUrls(urls);
    const network = url && able.find((one) => isLetOut(one, url));
    if (!url || network === undefined) return [];
    return {
      id: `${network} user ${username}`,
      network,
      who: `users who come as ${username}`,
      urls: [url.url],
      username,
      far,
      option: "user",
    };
  });
  const seen = new Set<string>();
  return [...whole, ...between, ...alone, ...users].filter((cell: GateCell) => {
    const { network, urls, username } = cell;
    const able = turnUrls(urls).flatMap((url) => (isLetOut(network, url) ? [url.url] : []));
    const key = JSON.stringify([network, able, cell.far, username]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Both ends by the cheapest URL: what lies between two relays is the same for all. */
function ableToRelay(able: readonly ClientNetwork[], turn: readonly Url[]): GateCell[] {
  for (const transport of ["udp", "tcp", "tls"] as const) {
    for (const network of able) {
      const url = turn.find((one) => one.transport === transport && isLetOut(network, one));
      if (!url) continue;
      const who = "pairs of users who both need a relay";
      return [{ id: `${network} relay-to-relay`, network, who, urls: [url.url], far: "relayed", option: null }];
    }
  }
  return [];
}

/** Entries for URLs that an earlier one has as well: other credentials for the same. */
function furtherUsers(iceServers: readonly RawIceServer[]): { username: string; urls: string[] }[] {
  return iceServers.flatMap(({ urls, username }, index) => {
    if (username === undefined) return [];
    const before = iceServers.slice(0, index);
    const shared = [urls].flat().filter((url) => before.some((other) => [other.urls].flat().includes(url)));
    return turnUrls(shared).length > 0 && !before.some((other) => other.username === username)
      ? [{ username, urls: shared }]
      : [];
  });
}

/** What decides whether the server listens where a URL leads. */
export function optionOf({ transport, port }: Url, config: TurnConfig): string | null {
  const options = optionsOf(config);
  const { plain, secure } = usualPorts(options);
  if (transport === "tls" && port === secure) return "tls-listening-port";
  if (port === plain) return "listening-port";
  if (port === secure) return "tls-listening-port";
  return auxPorts(options).includes(port) ? "aux-server" : null;
}

function onlyOption(urls: readonly Url[], config: TurnConfig): string | null {
  const [option, ...others] = new Set(urls.map((url) => optionOf(url, config)));
  return others.length > 0 ? null : (option ?? null);
}
