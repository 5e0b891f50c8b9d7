import type { Source } from "../../model/evidence.ts";
import type { Packet } from "./packet.ts";

type Segment = Extract<Packet, { kind: "tcp" }>;

/** What arrives after a hole waits for what fills it, up to so much of one direction. */
const MAX_WAITING_BYTES = 64 * 1024;
const MAX_STREAMS = 50_000;
/** Sequence numbers are modulo this (RFC 9293 section 3.4). */
const MODULO = 2 ** 32;

/** One direction of a connection, put in order. */
type Direction = {
  /** Null before its first segment. */
  next: number | null;
  waiting: { sequence: number; payload: Buffer }[];
  waitingBytes: number;
  /** A hole that nothing filled: what follows cannot be read. */
  isBroken: boolean;
};

/** A listener to one connection. */
export type StreamReader = {
  data(bytes: Buffer, side: "client" | "server", atS: number, at: Source, ttl: number): void;
};

export type TcpStream = {
  client: string;
  server: string;
  at: Source;
  /** The client's first segment was captured. */
  hasSyn: boolean;
  isAccepted: boolean;
  resetBy: "client" | "server" | null;
  /** By FIN or RST, whichever came first. */
  closedBy: "client" | "server" | null;
  bytes: { client: number; server: number };
  reader: StreamReader | null;
};

type Known = { stream: TcpStream; client: Direction; server: Direction };

/** Connections by their two ends, their bytes in order and each once (RFC 9293). */
export class TcpStreams {
  readonly #active = new Map<string, Known>();
  readonly #all: TcpStream[] = [];
  readonly #open: (stream: TcpStream) => StreamReader;
  left = 0;

  constructor(open: (stream: TcpStream) => StreamReader) {
    this.#open = open;
  }

  get all(): readonly TcpStream[] {
    return this.#all;
  }

  push(segment: Segment, atS: number, at: Source): void {
    const { from, to, flags } = segment;
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    let known = this.#active.get(key);
    const isSyn = flags.syn && !flags.ack;
    // The same two ports for another connection.
    if (known && isSyn && known.stream.closedBy !== null) known = undefined;
    if (!known) {
      if (this.#all.length >= MAX_STREAMS) {
        this.left++;
        return;
      }
      // Where the capture began later, the lower port is the server's.
      const isFromClient = isSyn || (!flags.syn && portOf(from) > portOf(to));
      known = begin(isFromClient ? from : to, isFromClient ? to : from, isSyn, at);
      known.stream.reader = this.#open(known.stream);
      this.#all.push(known.stream);
      this.#active.set(key, known);
    }
    follow(known, segment, atS, at);
  }
}

function begin(client: string, server: string, hasSyn: boolean, at: Source): Known {
  const direction = (): Direction => ({ next: null, waiting: [], waitingBytes: 0, isBroken: false });
  const stream: TcpStream = {
    client,
    server,
    at,
    hasSyn,
    isAccepted: false,
    resetBy: null,
    closedBy: null,
    bytes: { client: 0, server: 0 },
    reader: null,
  };
  return { stream, client: direction(), server: direction() };
}

function follow(known: Known, segment: Segment, atS: number, at: Source): void {
  const { stream } = known;
  const { flags, payload, sequence, length } = segment;
  const side = segment.from === stream.client ? "client" : "server";
  if (flags.rst) stream.resetBy ??= side;
  if (flags.rst || flags.fin) stream.closedBy ??= side;
  if (flags.syn && flags.ack) stream.isAccepted = true;
  if (!stream.hasSyn && length > 0) stream.isAccepted = true;
  const direction = known[side];
  if (flags.syn) direction.next ??= (sequence + 1) % MODULO;
  if (flags.syn || length === 0 || direction.isBroken) return;
  direction.next ??= sequence;
  if (payload.length < length) {
    direction.isBroken = true;
    return;
  }
  if (direction.waitingBytes + payload.length > MAX_WAITING_BYTES) {
    direction.isBroken = true;
    direction.waiting = [];
    return;
  }
  if (ahead(sequence, direction.next) > 0) {
    direction.waiting.push({ sequence, payload });
    direction.waitingBytes += payload.length;
    return;
  }
  deliver(known, side, { sequence, payload }, atS, at, segment.ttl);
  for (let found = true; found; ) {
    const index = direction.waiting.findIndex((one) => ahead(one.sequence, direction.next ?? 0) <= 0);
    found = index !== -1;
    const [one] = found ? direction.waiting.splice(index, 1) : [];
    if (!one) return;
    direction.waitingBytes -= one.payload.length;
    deliver(known, side, one, atS, at, segment.ttl);
  }
}

function deliver(
  { stream, ...directions }: Known,
  side: "client" | "server",
  { sequence, payload }: { sequence: number; payload: Buffer },
  atS: number,
  at: Source,
  ttl: number,
): void {
  const direction = directions[side];
  const known = -ahead(sequence, direction.next ?? sequence);
  if (known >= payload.length) return;
  const fresh = payload.subarray(known);
  direction.next = (sequence + payload.length) % MODULO;
  stream.bytes[side] += fresh.length;
  stream.reader?.data(fresh, side, atS, at, ttl);
}

/** How far `a` is after `b`, negative where it is before it. */
const ahead = (a: number, b: number): number => ((a - b + MODULO + MODULO / 2) % MODULO) - MODULO / 2;

const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));
