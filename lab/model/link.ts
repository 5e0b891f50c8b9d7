/** What a wire does to packets, for each direction; as data. What is not given is as the bare wire has it. */
export type LinkConditions = {
  /** One way. */
  latencyMs?: number;
  /** Each packet is delayed by up to so much more or less than `latencyMs`, evenly spread; order is kept. */
  jitterMs?: number;
  /** Share of packets lost at random, 0 to 1. */
  loss?: number;
  /** Bits of Ethernet frame a second, in thousands. */
  rateKbps?: number;
  /** How long a packet may wait for its turn where `rateKbps` is given; later ones are dropped. Default 50. */
  queueMs?: number;
};

/** `up` is from the node towards the internet. What stands beside them holds for both directions. */
export type LinkSpec = LinkConditions & {
  up?: LinkConditions;
  down?: LinkConditions;
  /** Largest IP packet, in bytes. Default 1500. */
  mtu?: number;
  /**
   * Whether whoever forwards a larger packet that must not be fragmented answers ICMP "fragmentation needed" (RFC 1191).
   * Default true; false makes a black hole.
   */
  fragmentationNeeded?: boolean;
};

export const DEFAULT_QUEUE_MS = 50;
export const DEFAULT_MTU = 1500;

/** Conditions of each direction, `up` and `down` replacing key by key what stands beside them. */
export function linkDirections(link: LinkSpec): { up: LinkConditions; down: LinkConditions } {
  const { up, down, mtu: _mtu, fragmentationNeeded: _told, ...both } = link;
  return { up: { ...both, ...up }, down: { ...both, ...down } };
}

/** What was measured on a wire, one direction; null where it was not asked for. */
export type MeasuredLink = {
  /** Of small frames, one way. Null when none arrived. */
  latencyMs: { med: number; min: number; max: number } | null;
  loss: number | null;
  rateKbps: number | null;
  /** How long frames waited for their turn when more came than the rate carries. */
  queueMs: number | null;
  /** The largest IP packet that arrived, of one just as large as asked and one larger by a byte. */
  mtu: number | null;
  /** Packets sent to measure it. */
  packets: number;
};

/** A direction's conditions and the wire's MTU: what was asked for. */
export type AskedLink = LinkConditions & { mtu?: number };
