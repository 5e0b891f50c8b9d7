import type { CapacityCall } from "../lab/model/capacity.ts";
import type { TurnTransport } from "../lab/model/ice.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import { type PacketStream, TRAFFIC_PROFILES, type TrafficProfileName } from "../lab/model/traffic-profile.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { readRate } from "./amounts.ts";

/** What a call is, as a command line has it. */
export type CallOptions = { transport?: string; profile?: string; bitrate?: string; relayed?: string };

const TRANSPORTS = ["udp", "tcp", "tls"] as const satisfies TurnTransport[];
const PROFILES = Object.keys(TRAFFIC_PROFILES) as TrafficProfileName[];
const RELAYED = ["one", "both"] as const;

/** Of `--bitrate`: above so many bits per second packets are as large as video's, below as large as speech's. */
const VIDEO_FROM = 200_000;
const BITRATE = { min: 1_000, max: 100e6 };

export function readCall(options: CallOptions): { call: CapacityCall; faults: Fault[] } {
  const faults: Fault[] = [];
  const oneOf = <T extends string>(option: string, given: string | undefined, words: readonly T[], fallback: T): T => {
    const word = words.find((known) => known === given);
    if (given !== undefined && word === undefined)
      faults.push({
        place: `--${option}`,
        expected: words.join(", "),
        found: `"${given}"`,
        ...didYouMean(given, [...words]),
      });
    return word ?? fallback;
  };
  const over = oneOf("transport", options.transport, TRANSPORTS, "udp");
  const relayed = oneOf("relayed", options.relayed, RELAYED, "one");
  const profile = oneOf("profile", options.profile, PROFILES, "call");
  const streams = options.bitrate === undefined ? null : streamsOf(options.bitrate);
  if (options.bitrate !== undefined && streams === null)
    faults.push({
      place: "--bitrate",
      expected: "bits per second each way, as 64k or 1.5M, from 1k to 100M",
      found: `"${options.bitrate}"`,
    });
  if (options.bitrate !== undefined && options.profile !== undefined)
    faults.push({ place: "--bitrate", expected: "none beside --profile, which has its own", found: options.bitrate });
  return { call: { over, relayed, streams: streams ?? TRAFFIC_PROFILES[profile] }, faults };
}

/** Packets of one size at the rate that comes to these bits; null: it is none. */
function streamsOf(bitrate: string): PacketStream[] | null {
  const bits = readRate(bitrate);
  if (bits === null || bits < BITRATE.min || bits > BITRATE.max) return null;
  const [{ packetBytes }] = bits >= VIDEO_FROM ? TRAFFIC_PROFILES.video : TRAFFIC_PROFILES.audio;
  return [{ packetBytes, packetsPerSecond: Math.round((100 * bits) / (8 * packetBytes)) / 100 }];
}
