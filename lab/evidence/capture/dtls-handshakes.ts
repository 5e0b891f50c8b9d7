import type { PacketEvidence, Source } from "../../model/evidence.ts";

type Handshake = PacketEvidence["dtls"][number];

const RECORD_HEADER = 13;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
const CLIENT_HELLO = 1;
/** DTLS 1.0 and 1.2 on the wire (RFC 6347 section 4.1); 1.3 says 1.2 in what is in the clear. */
const VERSIONS = new Set([0xfeff, 0xfefd]);
const MAX_HANDSHAKES = 10_000;

type State = {
  handshake: Handshake;
  /** Who sent the last flight, and its highest message number: an older one begins a flight that is repeated. */
  lastFrom: string;
  lastSequence: number;
  /** Who has sent what only the keys of a finished handshake make. */
  encrypted: Set<string>;
  /** A datagram that is repeated has other record numbers: the very same was captured twice. */
  last: Buffer[];
};

const LAST = 12;

/** RFC 7983 section 7: what begins with 20 to 63 on a port that STUN shares is DTLS. */
export const isDtls = (payload: Buffer): boolean => {
  if (payload.length < RECORD_HEADER) return false;
  const type = payload.readUInt8(0);
  return type >= 20 && type <= 26 && VERSIONS.has(payload.readUInt16BE(1));
};

/** DTLS 1.3's header of encrypted records: RFC 9147 section 4. */
const isUnified = (payload: Buffer): boolean => payload.length > 4 && payload.readUInt8(0) >> 5 === 1;

/** Handshakes by their two ends (RFC 6347 section 4.2). */
export class DtlsHandshakes {
  readonly #states = new Map<string, State>();

  get all(): Handshake[] {
    return [...this.#states.values()].map(({ handshake }) => handshake);
  }

  /** `length` is the datagram's on the wire. */
  push(payload: Buffer, length: number, from: string, to: string, at: Source): void {
    const key = from < to ? `${from} ${to}` : `${to} ${from}`;
    const state = this.#states.get(key);
    if (!isDtls(payload)) {
      if (state && isUnified(payload)) encryptedBy(state, from);
      return;
    }
    const known = state ?? this.#begin(key, payload, from, to, at);
    if (!known || known.handshake.isFinished || known.last.some((one) => one.equals(payload))) return;
    known.last = [...known.last.slice(1 - LAST), payload];
    let isOfHandshake = false;
    let firstSequence: number | null = null;
    let lastSequence = known.lastSequence;
    for (let offset = 0; offset + RECORD_HEADER <= payload.length; ) {
      const type = payload.readUInt8(offset);
      const epoch = payload.readUInt16BE(offset + 3);
      const body = offset + RECORD_HEADER;
      if (epoch > 0 && (type === HANDSHAKE || type === APPLICATION_DATA)) encryptedBy(known, from);
      if (type === HANDSHAKE) {
        isOfHandshake = true;
        if (epoch === 0 && body + 12 <= payload.length) {
          const sequence = payload.readUInt16BE(body + 4);
          firstSequence ??= sequence;
          lastSequence = sequence;
        }
      }
      offset = body + payload.readUInt16BE(offset + 11);
    }
    if (!isOfHandshake) return;
    const isNew = from !== known.lastFrom || (firstSequence !== null && firstSequence < known.lastSequence);
    // A ClientHello alone in its flight has the number of the one that it repeats.
    const isRepeated = from === known.lastFrom && firstSequence !== null && firstSequence === known.lastSequence;
    if (isNew || (isRepeated && !isLaterFragment(payload))) known.handshake.flights++;
    known.handshake.largestBytes = Math.max(known.handshake.largestBytes, length);
    known.lastFrom = from;
    known.lastSequence = lastSequence;
  }

  #begin(key: string, payload: Buffer, from: string, to: string, at: Source): State | null {
    const isHello =
      payload.readUInt8(0) === HANDSHAKE &&
      payload.length > RECORD_HEADER &&
      payload.readUInt16BE(3) === 0 &&
      payload.readUInt8(RECORD_HEADER) === CLIENT_HELLO;
    if (!isHello || this.#states.size >= MAX_HANDSHAKES) return null;
    const state: State = {
      handshake: { client: from, server: to, flights: 0, largestBytes: 0, isFinished: false, at },
      lastFrom: "",
      lastSequence: 0,
      encrypted: new Set(),
      last: [],
    };
    this.#states.set(key, state);
    return state;
  }
}

/** RFC 6347 section 4.2.3: a message in several fragments has one number in all of them. */
const isLaterFragment = (payload: Buffer): boolean =>
  payload.length >= RECORD_HEADER + 12 && payload.readUIntBE(RECORD_HEADER + 6, 3) > 0;

function encryptedBy({ encrypted, handshake }: State, from: string): void {
  encrypted.add(from);
  if (encrypted.size === 2) handshake.isFinished = true;
}
