import { DEFAULT_PEER_ENGINE, isBrowser, PEER_ENGINES, type PeerEngine } from "../model/engine.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { peerNamesOf, valueAt } from "./read.ts";

/** Blink refuses to make another RTCPeerConnection past this (`kMaxPeerConnections` in rtc_peer_connection.cc). */
const CHROMIUM_CALLS = 500;

/** Faults of what a scenario asks of an engine that has it not: mDNS names, media, more calls than a page may hold, some restarts. */
export function engineFaults(value: unknown): Fault[] {
  const peers = peerNamesOf(value);
  const engineOf = (peer: string) => effectiveEngine(valueAt(value, ["peers", peer, "engine"]));
  const carriesMedia = valueAt(value, ["traffic", "media"]) !== undefined;
  const mdns = peers.flatMap((peer) =>
    mdnsFaults(`peers.${peer}.mdns`, valueAt(value, ["peers", peer, "mdns"]), { engine: engineOf(peer), carriesMedia }),
  );
  return [
    ...mdns,
    ...(carriesMedia ? mediaFaults(peers.filter((peer) => isOther(engineOf(peer)))) : []),
    ...callFaults(
      valueAt(value, ["load"]),
      peers.filter((peer) => engineOf(peer) === "chromium"),
    ),
    ...restartFaults(valueAt(value, ["recovery", "by"]), peers.map(engineOf)),
  ];
}

/** Null where it is no engine; that is told elsewhere. */
function effectiveEngine(engine: unknown): PeerEngine | null {
  if (engine === undefined) return DEFAULT_PEER_ENGINE;
  return PEER_ENGINES.find((known) => known === engine) ?? null;
}

const isOther = (engine: PeerEngine | null) => engine !== null && !isBrowser(engine);

type Peer = { engine: PeerEngine | null; carriesMedia: boolean };

function mdnsFaults(place: string, mdns: unknown, { engine, carriesMedia }: Peer): Fault[] {
  if (mdns === undefined) return [];
  if (isOther(engine)) {
    const expected = "nothing of a peer on werift: only browsers hide addresses behind mDNS names";
    return [{ place, expected, found: show(mdns), hint: 'Give the peer an engine: "chromium" or "firefox".' }];
  }
  if (mdns !== true || !carriesMedia) return [];
  // Chromium: FilteringNetworkManager::GetMdnsResponder; Firefox: MediaManager::IsActivelyCapturingOrHasAPermission.
  const expected = "false, or nothing, where calls carry media: a page that may use the microphone is told addresses";
  return [{ place, expected, found: show(mdns) }];
}

function mediaFaults(others: readonly string[]): Fault[] {
  if (others.length === 0) return [];
  const expected = "peers that are browsers: a werift peer has neither microphone nor camera";
  const hint = 'Give them an engine, "chromium" or "firefox"; for one run: --peers chromium';
  return [{ place: "traffic.media", expected, found: `${others.join(", ")} on werift`, hint }];
}

function callFaults(load: unknown, peers: readonly string[]): Fault[] {
  if (peers.length === 0) return [];
  const keys = ["vus", "startVUs", "preAllocatedVUs", "maxVUs"];
  const stages = valueAt(load, ["executor"]) === "ramping-vus" ? valueAt(load, ["stages"]) : [];
  const counts: [string, unknown][] = [
    ...keys.map((key): [string, unknown] => [key, valueAt(load, [key])]),
    ...(Array.isArray(stages) ? stages : []).map((stage, index): [string, unknown] => [
      `stages[${index}].target`,
      valueAt(stage, ["target"]),
    ]),
  ];
  return counts.flatMap(([key, count]): Fault[] => {
    if (typeof count !== "number" || count <= CHROMIUM_CALLS) return [];
    const expected = `at most ${CHROMIUM_CALLS}: Chromium lets a page hold no more calls`;
    return [{ place: `load.${key}`, expected, found: `${count}, with ${peers.join(" and ")} on chromium` }];
  });
}

/**
 * Who is controlling after a restart is not the same question to all stacks (libwebrtc: `redetermine_role_on_ice_restart`), and
 * werift here does not always come to a pair with a browser: a call that fails would be the lab's fault.
 */
function restartFaults(by: unknown, engines: readonly (PeerEngine | null)[]): Fault[] {
  const [others, browsers] = [
    engines.filter(isOther),
    engines.filter((engine) => engine !== null && isBrowser(engine)),
  ];
  if (by !== "ice-restart" || others.length === 0 || browsers.length === 0) return [];
  const expected = '"new-call" between werift and a browser, whose ICE restarts do not always come to a pair here';
  return [{ place: "recovery.by", expected, found: show(by), hint: "Give both ends browsers, or both werift." }];
}
