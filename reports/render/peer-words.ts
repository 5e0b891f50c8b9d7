import { isBrowser } from "../../lab/model/engine.ts";
import type { MediaSummary, PeerSummary, ScenarioSummary } from "../../lab/model/summary.ts";
import { formatBytes, formatDuration, formatMebibytes, formatMs, formatRatio, oneLine, plural } from "./format.ts";

/** Of more peers that are alike only the number is told. */
const NAMED = 3;

/** One sentence, and whether it is something to look at. */
export type PeerWord = { isWarning: boolean; text: string };

/**
 * Who the peers were, where any of them is a browser: engine and version, how long until it was ready, whether host
 * candidates were told by mDNS names, memory for each call; where their dumps are. Peers that are alike are told once.
 * And the media that arrived, whoever the peers were.
 */
export function describePeers({ peers, media }: Pick<ScenarioSummary, "peers" | "media">): PeerWord[] {
  const all = Object.entries(peers);
  const arrived = media.map((one) => ({ isWarning: false, text: describeMedia(one) }));
  if (!all.some(([, { engine }]) => isBrowser(engine))) return arrived;
  const alike = Map.groupBy(all, ([, peer]) => JSON.stringify([stackOf(peer), memoryOf(peer), namingOf(peer)]));
  return [...alike.values()]
    .flatMap((group) => {
      const [first] = group;
      if (!first) return [];
      const [, peer] = first;
      const who = group.length > NAMED ? plural(group.length, "peer") : group.map(([name]) => name).join(", ");
      const says = [stackOf(peer), readyOf(group.map(([, { browser }]) => browser)), namingOf(peer), memoryOf(peer)];
      const text = oneLine(`${who}: ${says.filter((part) => part !== "").join(", ")}`);
      return [{ isWarning: false, text }, ...warningsOf(group).map((text) => ({ isWarning: true, text }))];
    })
    .concat(dumpsOf(all))
    .concat(arrived);
}

/** `chromium (Chrome/156.0.1.2)`. */
function stackOf({ engine, browser }: PeerSummary): string {
  return browser ? `${engine} (${browser.version})` : engine;
}

function readyOf(browsers: readonly PeerSummary["browser"][]): string {
  const times = browsers.flatMap((browser) => (browser ? [browser.readyMs] : []));
  if (times.length === 0) return "";
  const [least, most] = [Math.min(...times), Math.max(...times)].map(formatDuration);
  return `ready ${least === most ? `${least}` : `${least} to ${most}`} after the start of its container`;
}

function namingOf({ browser }: PeerSummary): string {
  if (!browser) return "";
  return browser.mdns ? "host candidates by mDNS names" : "host candidates by addresses";
}

/** What the kernel could not take back at once, of all processes of the container. */
function memoryOf({ memory }: PeerSummary): string {
  if (!memory) return "";
  const { beforeBytes, peakBytes, atOnce, perSessionBytes } = memory;
  const [before, peak, each] = [beforeBytes, peakBytes, perSessionBytes].map(formatMebibytes);
  return `memory ${before} before the load and ${peak} at most: ${each} for each of ${plural(atOnce, "call")} at once`;
}

function dumpsOf(peers: readonly [string, PeerSummary][]): PeerWord[] {
  const files = peers.flatMap(([, { dump }]) => (dump?.file ? [dump.file] : []));
  const [first = ""] = files;
  const where =
    files.length > NAMED ? `${files.length} in ${first.slice(0, first.lastIndexOf("/") + 1)}` : files.join(", ");
  return files.length > 0 ? [{ isWarning: false, text: `dumps: ${where}` }] : [];
}

function warningsOf(group: readonly [string, PeerSummary][]): string[] {
  return group.flatMap(([name, { engine, browser, dump, hostCandidates }]) => {
    const lacks = dump?.note
      ? [oneLine(`${name}: ${dump.file ? "its dump lacks something" : "no dump"}: ${dump.note}`)]
      : [];
    if (!browser) return isBrowser(engine) ? [`${name}: its browser was never ready`, ...lacks] : [];
    const { names, addresses } = hostCandidates;
    const [wrong, kind] = browser.mdns ? [addresses, "addresses"] : [names, "mDNS names"];
    return [
      ...lacks,
      ...(browser.starts > 1 ? [`${name}: its browser was started ${browser.starts} times`] : []),
      ...(wrong > 0 ? [`${name}: told ${wrong} of ${plural(names + addresses, "host candidate")} by ${kind}`] : []),
    ];
  });
}

function describeMedia({ receiver, kind, sessions, jitterMs, framesDecoded, ...sums }: MediaSummary): string {
  const { packetsReceived, packetsLost, packetsReordered, packetsSkipped, bytesReceived, kilobitsPerSecond } = sums;
  const all = packetsReceived + packetsLost;
  const lost = all > 0 ? ` (${formatRatio(packetsLost / all, 2)})` : "";
  const parts = [
    plural(packetsReceived, "packet"),
    `${packetsLost} lost${lost}`,
    ...(packetsReordered ? [`${packetsReordered} out of order`] : []),
    ...(packetsSkipped ? [`${packetsSkipped} more not sent in time: the lab was busy`] : []),
    formatBytes(bytesReceived),
    ...(kilobitsPerSecond?.med ? [`${formatMs(kilobitsPerSecond.med)} kbit/s`] : []),
    ...(framesDecoded === null ? [] : [`${plural(framesDecoded, "frame")} decoded`]),
    ...(jitterMs.count > 0 ? [`jitter med ${formatMs(jitterMs.med)} ms, max ${formatMs(jitterMs.max)} ms`] : []),
  ];
  return `${kind} to the ${receiver} in ${plural(sessions, "session")}: ${parts.join(", ")}`;
}
