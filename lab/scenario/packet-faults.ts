import { DEFAULT_PEER_ENGINE, isBrowser, PEER_ENGINES, type PeerEngine } from "../model/engine.ts";
import { ROLES } from "../model/scenario.ts";
import type { Fault } from "./fault.ts";
import { show } from "./fault.ts";
import { isGridValue, membersAt, valueAt } from "./read.ts";

/** Metrics that have samples only where calls carry RTP. */
const OF_RTP = ["rtp_delivery", "rtp_jitter"] as const;

/** Faults of `traffic.packets`: what carries them, beside which it cannot stand, and metrics that nothing would measure. */
export function packetFaults(value: unknown): Fault[] {
  const [packets, carrier] = [valueAt(value, ["traffic", "packets"]), valueAt(value, ["traffic", "packetsOver"])];
  const media = valueAt(value, ["traffic", "media"]);
  if (packets === undefined) return [...carrierFaults(carrier), ...metricFaults(value, media)];
  return [
    ...(media === undefined ? [] : mediaFaults(media)),
    ...kindFaults(packets),
    ...(carrier === undefined || carrier === "rtp" ? engineFaults(value) : []),
  ];
}

function carrierFaults(carrier: unknown): Fault[] {
  if (carrier === undefined) return [];
  return [
    {
      place: "traffic.packetsOver",
      expected: "traffic.packets beside it: else nothing is carried",
      found: show(carrier),
    },
  ];
}

/** Both would be tracks of the same connection, and what arrives would be told as one. */
function mediaFaults(media: unknown): Fault[] {
  const expected = "either it or traffic.packets: a browser's own tracks, or packets of which each one is counted";
  return [{ place: "traffic.media", expected, found: `${show(media)} beside packets` }];
}

function kindFaults(packets: unknown): Fault[] {
  if (!Array.isArray(packets)) return [];
  const kinds = packets.map((stream) => valueAt(stream, ["kind"]));
  return kinds.flatMap((kind, index) => {
    if (kinds.indexOf(kind) === index) return [];
    const expected = "at most one stream of a kind: what arrives is told by kind";
    return [{ place: `traffic.packets[${index}].kind`, expected, found: `${show(kind)} again` }];
  });
}

function engineFaults(value: unknown): Fault[] {
  const peers = isGridValue(value) ? membersAt(value, "peers").map(([name]) => name) : ROLES;
  const browsers = peers.filter((peer) => {
    const engine = engineOf(valueAt(value, ["peers", peer, "engine"]));
    return engine !== null && isBrowser(engine);
  });
  if (browsers.length === 0) return [];
  const expected = "peers on werift where packets go over tracks: a page cannot send RTP packets of its own";
  const hint =
    'packetsOver: "channel" sends them over the data channel; media: ["audio", "video"] sends a browser\'s own.';
  return [{ place: "traffic.packets", expected, found: `${browsers.join(" and ")} in a browser`, hint }];
}

/** Null where it is no engine; that is told elsewhere. */
function engineOf(engine: unknown): PeerEngine | null {
  if (engine === undefined) return DEFAULT_PEER_ENGINE;
  return PEER_ENGINES.find((known) => known === engine) ?? null;
}

function metricFaults(value: unknown, media: unknown): Fault[] {
  const without = OF_RTP.filter((metric) => media === undefined && isAsked(value, metric));
  const expected = "traffic.packets or traffic.media in the scenario: else there is no RTP to measure";
  return [
    ...without.map((metric) => ({ place: `thresholds.${metric}`, expected, found: metric })),
    ...skippedFaults(value),
  ];
}

/** Of a browser's own tracks nobody knows which packets were due. */
function skippedFaults(value: unknown): Fault[] {
  if (!isAsked(value, "rtp_skipped")) return [];
  const expected = "traffic.packets in the scenario: only of those is it known which were due";
  return [{ place: "thresholds.rtp_skipped", expected, found: "rtp_skipped" }];
}

function isAsked(value: unknown, metric: string): boolean {
  return valueAt(value, ["thresholds", metric]) !== undefined;
}
