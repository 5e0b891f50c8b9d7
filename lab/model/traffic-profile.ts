import type { MediaKind } from "./load.ts";

/** Packets of one size at an even pace, in one direction. */
export type PacketStream = {
  /**
   * What the protocol below is given to carry: the data of a ChannelData message, a datagram of the peer, a message of a data
   * channel; of RTP on a track the whole SRTP packet, header and authentication tag included.
   */
  packetBytes: number;
  packetsPerSecond: number;
};

/** So small that it holds a packet's number and time, and so large that no packet is fragmented, whichever way it is sent. */
export const PACKET_BYTES = { min: 16, max: 1_400 } as const;

/**
 * The smallest and the largest that a stream of a call may have: RTP's header and the longest tag of SRTP, and what fits into an
 * MTU of 1,500 with the headers of IPv6, UDP, a relay, and DTLS and SCTP where the data channel carries it.
 */
export const CALL_PACKET_BYTES = { min: 28, max: 1_350 } as const;

/** A stream of a call, and which kind of track it is sent on, or stands for. */
export type MediaStreamSpec = PacketStream & { kind: MediaKind };

/**
 * What each end of a call sends, like applications do, but with packets of one size and without pauses or bursts: Opus varies
 * its frames and may leave out silence, a video frame comes as several packets at once, and congestion control changes both.
 *
 * - `audio`: Opus at 32 kbit/s, within the 28 to 40 that RFC 7587 section 3.1.1 has for full-band speech in frames of
 *   20 ms: 80 bytes 50 times a second, with RTP's header of 12 (RFC 3550 section 5.1) and a tag of 10 (SRTP's
 *   HMAC-SHA1-80, RFC 3711 section 5.2; an AEAD cipher's has 16, RFC 7714; header extensions come on top). 40.8 kbit/s.
 * - `video`: 90 packets of 960 bytes a second, as `turnhammer --video` sends. 691.2 kbit/s.
 * - `call`: both. 732 kbit/s in 140 packets a second.
 *
 * Bit rates are of what is carried: IPv4 and UDP add 28 bytes to a packet, ChannelData 4 more on the client's side of a relay.
 */
export const TRAFFIC_PROFILES = {
  audio: [{ kind: "audio", packetBytes: 102, packetsPerSecond: 50 }],
  video: [{ kind: "video", packetBytes: 960, packetsPerSecond: 90 }],
  call: [
    { kind: "audio", packetBytes: 102, packetsPerSecond: 50 },
    { kind: "video", packetBytes: 960, packetsPerSecond: 90 },
  ],
} as const satisfies Record<string, readonly MediaStreamSpec[]>;
export type TrafficProfileName = keyof typeof TRAFFIC_PROFILES;

/** The streams that a profile's name stands for, or those that are given. */
export function streamsOf<S extends PacketStream>(
  streams: TrafficProfileName | readonly S[],
): readonly (S | MediaStreamSpec)[] {
  return typeof streams === "string" ? TRAFFIC_PROFILES[streams] : streams;
}
