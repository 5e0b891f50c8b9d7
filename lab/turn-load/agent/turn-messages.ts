import { hash, randomFillSync } from "node:crypto";
import {
  CHANNEL_DATA_HEADER_BYTES,
  HEADER_BYTES,
  INTEGRITY_BYTES,
  MAGIC_COOKIE,
  METHODS,
  type Method,
  PROTOCOL_UDP,
  TRANSACTION_ID_BYTES,
} from "../../stun/constants.ts";
import type { PeerAddress } from "./peer-address.ts";
import type { User } from "./user.ts";

/** Attribute types, RFC 8489 section 18.3 and RFC 8656 section 18. */
export const TYPE = {
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  CHANNEL_NUMBER: 0x000c,
  LIFETIME: 0x000d,
  XOR_PEER_ADDRESS: 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  XOR_RELAYED_ADDRESS: 0x0016,
  REQUESTED_TRANSPORT: 0x0019,
} as const;

/** SHA-1's block, which HMAC pads its key to (RFC 2104). */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** Of a long-term credential (MD5). */
const KEY_BYTES = 16;
/** The longest message that this room writes, of a username and a realm of 500 bytes each. */
const MAX_BYTES = 2_048;
/** 341 transaction IDs at a time: asking for random bytes costs more than copying them. */
const RANDOM_BYTES = 341 * TRANSACTION_ID_BYTES;

/**
 * Requests as bytes, and the checking of answers, for all clients of a thread. `lab/stun` writes and reads the same
 * messages, from objects and into objects; here nothing is made but the bytes, and SHA-1 runs twice over a buffer that already
 * begins with the padded key. What a method returns is overwritten by the next call.
 */
export class TurnMessages {
  /** Whose key the buffers below begin with. */
  #key = "";
  /** The padded key, and behind it the message that is being written. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + MAX_BYTES, INNER_PAD);
  readonly #outer = Buffer.alloc(BLOCK_BYTES + INTEGRITY_BYTES, OUTER_PAD);
  readonly #checked = Buffer.alloc(BLOCK_BYTES + MAX_BYTES, INNER_PAD);
  readonly #random = Buffer.alloc(RANDOM_BYTES);
  #randomUsed = RANDOM_BYTES;
  #end = BLOCK_BYTES;

  /** 96 random bits (RFC 8489 section 5), as a string of 12 characters. */
  transactionId(): string {
    if (this.#randomUsed === RANDOM_BYTES) {
      randomFillSync(this.#random);
      this.#randomUsed = 0;
    }
    const from = this.#randomUsed;
    this.#randomUsed += TRANSACTION_ID_BYTES;
    return this.#random.toString("latin1", from, this.#randomUsed);
  }

  /** `nonce` null: without a credential, which earns the 401 that has one. */
  allocate(user: User, transactionId: string, nonce: string | null, lifetimeSeconds: number | null): Buffer {
    this.#begin("Allocate", transactionId);
    this.#attribute(TYPE.REQUESTED_TRANSPORT, 4);
    this.#uint32(PROTOCOL_UDP << 24);
    if (lifetimeSeconds !== null) this.#lifetime(lifetimeSeconds);
    return this.#finish(user, nonce);
  }

  refresh(user: User, transactionId: string, nonce: string | null, lifetimeSeconds: number | null): Buffer {
    this.#begin("Refresh", transactionId);
    if (lifetimeSeconds !== null) this.#lifetime(lifetimeSeconds);
    return this.#finish(user, nonce);
  }

  createPermission(user: User, transactionId: string, nonce: string | null, peer: PeerAddress): Buffer {
    this.#begin("CreatePermission", transactionId);
    this.#peerAddress(peer, transactionId);
    return this.#finish(user, nonce);
  }

  channelBind(user: User, transactionId: string, nonce: string | null, channel: number, peer: PeerAddress): Buffer {
    this.#begin("ChannelBind", transactionId);
    this.#attribute(TYPE.CHANNEL_NUMBER, 4);
    this.#uint32(channel << 16);
    this.#peerAddress(peer, transactionId);
    return this.#finish(user, nonce);
  }

  /** Whether the answer was written by who knows the password; `integrityAt`: where its MESSAGE-INTEGRITY begins. */
  isAuthentic(user: User, answer: Buffer, integrityAt: number): boolean {
    if (integrityAt + 4 + INTEGRITY_BYTES > answer.length || answer.length > MAX_BYTES) return false;
    answer.copy(this.#checked, BLOCK_BYTES, 0, integrityAt);
    // The length as if MESSAGE-INTEGRITY were the last attribute (RFC 8489 section 14.5).
    this.#checked.writeUInt16BE(integrityAt + 4 + INTEGRITY_BYTES - HEADER_BYTES, BLOCK_BYTES + 2);
    this.#useKey(user.key);
    const expected = this.#hmac(this.#checked, BLOCK_BYTES + integrityAt);
    return expected === answer.toString("latin1", integrityAt + 4, integrityAt + 4 + INTEGRITY_BYTES);
  }

  #begin(method: Method, transactionId: string): void {
    this.#end = BLOCK_BYTES;
    // Methods of TURN are below 16 and a request's class is 0: the type is the method (RFC 8489 section 5).
    this.#uint32(METHODS[method] << 16);
    this.#uint32(MAGIC_COOKIE);
    this.#latin1(transactionId);
  }

  #finish(user: User, nonce: string | null): Buffer {
    const inner = this.#inner;
    const length = () => this.#end - BLOCK_BYTES - HEADER_BYTES;
    if (nonce === null) {
      inner.writeUInt16BE(length(), BLOCK_BYTES + 2);
      return inner.subarray(BLOCK_BYTES, this.#end);
    }
    this.#text(TYPE.USERNAME, user.username);
    this.#text(TYPE.REALM, user.realm);
    this.#text(TYPE.NONCE, nonce);
    inner.writeUInt16BE(length() + 4 + INTEGRITY_BYTES, BLOCK_BYTES + 2);
    this.#useKey(user.key);
    const hmac = this.#hmac(inner, this.#end);
    this.#attribute(TYPE.MESSAGE_INTEGRITY, INTEGRITY_BYTES);
    this.#latin1(hmac);
    return inner.subarray(BLOCK_BYTES, this.#end);
  }

  /** Of 16 bytes: what follows them in the block is the padding alone. */
  #useKey(key: string): void {
    if (key === this.#key) return;
    this.#key = key;
    for (let at = 0; at < KEY_BYTES; at += 1) {
      const byte = key.charCodeAt(at);
      this.#inner[at] = byte ^ INNER_PAD;
      this.#checked[at] = byte ^ INNER_PAD;
      this.#outer[at] = byte ^ OUTER_PAD;
    }
  }

  /** HMAC-SHA1 of what stands behind the padded key, as a string of 20 characters. */
  #hmac(inner: Buffer, end: number): string {
    this.#outer.write(hash("sha1", inner.subarray(0, end), "binary"), BLOCK_BYTES, "latin1");
    return hash("sha1", this.#outer, "binary");
  }

  #lifetime(seconds: number): void {
    this.#attribute(TYPE.LIFETIME, 4);
    this.#uint32(seconds);
  }

  #peerAddress(peer: PeerAddress, transactionId: string): void {
    this.#attribute(TYPE.XOR_PEER_ADDRESS, 4 + peer.bytes.length);
    this.#end = writeXorAddress(this.#inner, this.#end, peer, transactionId);
  }

  #attribute(type: number, bytes: number): void {
    this.#uint32(((type << 16) | bytes) >>> 0);
  }

  #text(type: number, latin1: string): void {
    this.#attribute(type, latin1.length);
    this.#latin1(latin1);
    while (this.#end % 4 !== 0) this.#inner[this.#end++] = 0;
  }

  #uint32(value: number): void {
    this.#end = this.#inner.writeUInt32BE(value >>> 0, this.#end);
  }

  #latin1(text: string): void {
    this.#end += this.#inner.write(text, this.#end, "latin1");
  }
}

/** Where a Send indication's application data begins. */
export function sendHeaderBytes(peer: PeerAddress): number {
  return HEADER_BYTES + 4 + 4 + peer.bytes.length + 4;
}

/** A message that carries application data of that size over a channel; the data itself is not written. */
export function channelMessage(channel: number, dataBytes: number, isPadded: boolean): Buffer {
  const bytes = CHANNEL_DATA_HEADER_BYTES + dataBytes;
  const message = Buffer.alloc(isPadded ? (bytes + 3) & ~3 : bytes);
  message.writeUInt16BE(channel, 0);
  message.writeUInt16BE(dataBytes, 2);
  return message;
}

/** The same as a Send indication (RFC 8656 section 11). */
export function sendMessage(transactionId: string, peer: PeerAddress, dataBytes: number): Buffer {
  const dataAt = sendHeaderBytes(peer);
  const message = Buffer.alloc(dataAt + ((dataBytes + 3) & ~3));
  message.writeUInt16BE(METHODS.Send | 0x0010, 0);
  message.writeUInt16BE(message.length - HEADER_BYTES, 2);
  message.writeUInt32BE(MAGIC_COOKIE, 4);
  message.write(transactionId, 8, "latin1");
  message.writeUInt16BE(TYPE.XOR_PEER_ADDRESS, HEADER_BYTES);
  message.writeUInt16BE(4 + peer.bytes.length, HEADER_BYTES + 2);
  const end = writeXorAddress(message, HEADER_BYTES + 4, peer, transactionId);
  message.writeUInt16BE(TYPE.DATA, end);
  message.writeUInt16BE(dataBytes, end + 2);
  return message;
}

/** RFC 8489 section 14.2. Returns where it ends. */
function writeXorAddress(into: Buffer, at: number, peer: PeerAddress, transactionId: string): number {
  into[at] = 0;
  into[at + 1] = peer.bytes.length === 4 ? 1 : 2;
  into.writeUInt16BE(peer.port ^ (MAGIC_COOKIE >>> 16), at + 2);
  for (let index = 0; index < peer.bytes.length; index += 1)
    into[at + 4 + index] = (peer.bytes[index] as number) ^ xorByte(index, transactionId);
  return at + 4 + peer.bytes.length;
}

export function xorByte(index: number, transactionId: string): number {
  return index < 4 ? (MAGIC_COOKIE >>> (24 - 8 * index)) & 0xff : transactionId.charCodeAt(index - 4);
}
