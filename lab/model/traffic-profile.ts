/** Packets of one size at an even pace, in one direction. */
export type PacketStream = {
  /** Of the application: what a ChannelData message or a datagram of the peer carries. */
  packetBytes: number;
  packetsPerSecond: number;
};

/** So small that it holds a packet's number and time, and so large that no packet is fragmented, whichever way it is sent. */
export const PACKET_BYTES = { min: 16, max: 1_400 } as const;

/**
 * What both ends of a call send, as applications do. `audio`: Opus at 32 kbit/s in 20 ms frames with RTP's 12 bytes (RFC 7587,
 * RFC 3550) and SRTP's tag of 10 (RFC 3711). `video`: turnhammer's 90 packets of 960 bytes a second, 691 kbit/s. `call`: both.
 */
export const TRAFFIC_PROFILES = {
  audio: [{ packetBytes: 102, packetsPerSecond: 50 }],
  video: [{ packetBytes: 960, packetsPerSecond: 90 }],
  call: [
    { packetBytes: 102, packetsPerSecond: 50 },
    { packetBytes: 960, packetsPerSecond: 90 },
  ],
} as const satisfies Record<string, readonly PacketStream[]>;
export type TrafficProfileName = keyof typeof TRAFFIC_PROFILES;
