/** What a wire does to packets, for each direction; as data. What is not given is as the bare wire has it. */
export type LinkConditions = {
  /** One way. */
  latencyMs?: number;
  /** Each packet is delayed by up to so much more or less than `latencyMs`, evenly spread; order is kept. */
  jitterMs?: number;
  /** Share of packets lost at random, 0 to 1. */
  loss?: number;
  /** Bits of Ethernet frame a second, in thousands; see `RATE_KBPS`. */
  rateKbps?: number;
  /**
   * How long a packet may wait for its turn where `rateKbps` is given; later ones are dropped. At least, and by default
   * where that is more than 50, as long as one full frame takes.
   */
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

const DEFAULT_QUEUE_MS = 50;
export const DEFAULT_MTU = 1500;
/** Ethernet, without preamble and checksum. */
export const FULL_FRAME_BYTES = DEFAULT_MTU + 14;
/** Rates that the lab makes and measures: below, a test takes minutes; above, a busy machine's cores are what is measured. */
export const RATE_KBPS = { min: 32, max: 200_000 } as const;
/** Of what a wire with a rate has under way or waiting, so much is held; see docker/fabric/delay-line.c. */
export const MAX_HELD_BYTES = 60_000_000;

/** How long a frame is being sent at a rate, in ms; at none it is there at once. */
export const sendingMs = (frameBytes: number, rateKbps: number | undefined) =>
  rateKbps === undefined ? 0 : (frameBytes * 8) / rateKbps;

/** How long a packet may wait, in ms: shorter than a full frame takes, a queue would drop whatever comes in pairs. */
export function queueMsOf({ rateKbps, queueMs }: Pick<LinkConditions, "rateKbps" | "queueMs">): number {
  return queueMs ?? Math.max(DEFAULT_QUEUE_MS, sendingMs(FULL_FRAME_BYTES, rateKbps));
}

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
