import { CLASSES, HEADER_BYTES, MAGIC_COOKIE, METHODS } from "../../stun/constants.ts";
import type { PeerAddress } from "./peer-address.ts";
import { TYPE, xorByte } from "./turn-messages.ts";

/** What is read of an answer to a request; one object, filled again for each. */
export type TurnAnswer = {
  isSuccess: boolean;
  transactionId: string;
  /** 0: none. */
  errorCode: number;
  lifetimeSeconds: number | null;
  /** Bytes as characters. */
  realm: string | null;
  nonce: string | null;
  relayed: PeerAddress | null;
  /** Where MESSAGE-INTEGRITY begins; -1: there is none. */
  integrityAt: number;
};

export function emptyAnswer(): TurnAnswer {
  return {
    isSuccess: false,
    transactionId: "",
    errorCode: 0,
    lifetimeSeconds: null,
    realm: null,
    nonce: null,
    relayed: null,
    integrityAt: -1,
  };
}

const SUCCESS_BITS = 0x0100;
const ERROR_BITS = 0x0110;
const CLASS_BITS = 0x0110;
const DATA_INDICATION = METHODS.Data | (CLASSES.indication << 4);

/** Reads a whole success or error response; false for anything else. Never throws. */
export function readAnswer(bytes: Buffer, into: TurnAnswer): boolean {
  const end = messageEnd(bytes);
  if (end < 0) return false;
  const messageClass = bytes.readUInt16BE(0) & CLASS_BITS;
  if (messageClass !== SUCCESS_BITS && messageClass !== ERROR_BITS) return false;
  into.isSuccess = messageClass === SUCCESS_BITS;
  into.transactionId = bytes.toString("latin1", 8, HEADER_BYTES);
  into.errorCode = 0;
  into.lifetimeSeconds = null;
  into.realm = null;
  into.nonce = null;
  into.relayed = null;
  into.integrityAt = -1;
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    const value = at + 4;
    if (value + length > end) return false;
    readAttribute(bytes, at, length, into);
    // What stands behind MESSAGE-INTEGRITY is not covered by it.
    if (into.integrityAt >= 0) break;
    at = value + ((length + 3) & ~3);
  }
  return true;
}

function readAttribute(bytes: Buffer, at: number, length: number, into: TurnAnswer): void {
  const value = at + 4;
  switch (bytes.readUInt16BE(at)) {
    case TYPE.ERROR_CODE:
      if (length >= 4) into.errorCode = ((bytes[value + 2] as number) & 0x07) * 100 + (bytes[value + 3] as number);
      break;
    case TYPE.LIFETIME:
      if (length === 4) into.lifetimeSeconds = bytes.readUInt32BE(value);
      break;
    case TYPE.REALM:
      into.realm = bytes.toString("latin1", value, value + length);
      break;
    case TYPE.NONCE:
      into.nonce = bytes.toString("latin1", value, value + length);
      break;
    case TYPE.XOR_RELAYED_ADDRESS:
      if (length === 8 || length === 20) into.relayed = readXorAddress(bytes, value, length - 4, into.transactionId);
      break;
    case TYPE.MESSAGE_INTEGRITY:
      into.integrityAt = at;
      break;
  }
}

function readXorAddress(bytes: Buffer, at: number, addressBytes: number, transactionId: string): PeerAddress {
  const address = new Uint8Array(addressBytes);
  for (let index = 0; index < addressBytes; index += 1)
    address[index] = (bytes[at + 4 + index] as number) ^ xorByte(index, transactionId);
  return { bytes: address, port: bytes.readUInt16BE(at + 2) ^ (MAGIC_COOKIE >>> 16) };
}

/** Where the application data of a Data indication begins; -1 for any other message. */
export function dataOffset(bytes: Buffer): number {
  const end = messageEnd(bytes);
  if (end < 0 || bytes.readUInt16BE(0) !== DATA_INDICATION) return -1;
  for (let at = HEADER_BYTES; at + 4 <= end; ) {
    const length = bytes.readUInt16BE(at + 2);
    if (at + 4 + length > end) return -1;
    if (bytes.readUInt16BE(at) === TYPE.DATA) return at + 4;
    at += 4 + ((length + 3) & ~3);
  }
  return -1;
}

/** -1: not a whole STUN message. */
function messageEnd(bytes: Buffer): number {
  if (bytes.length < HEADER_BYTES || (bytes[0] as number) > 0x3f || bytes.readUInt32BE(4) !== MAGIC_COOKIE) return -1;
  const end = HEADER_BYTES + bytes.readUInt16BE(2);
  return end === bytes.length ? end : -1;
}
