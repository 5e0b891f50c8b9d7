import { decodeAddress, decodeXorAddress, encodeAddress, encodeXorAddress } from "./address-attribute.ts";
import { INTEGRITY_BYTES } from "./constants.ts";
import type { AddressFamily, TransportAddress } from "./transport-address.ts";
import { FAMILY_NUMBER } from "./transport-address.ts";

/** An error number (300 to 699) with its reason phrase, which may be empty. */
export type ErrorCode = { number: number; reason: string };

/** What each attribute carries, in the RFCs' names. */
export type AttributeValues = {
  "MAPPED-ADDRESS": TransportAddress;
  "XOR-MAPPED-ADDRESS": TransportAddress;
  "XOR-PEER-ADDRESS": TransportAddress;
  "XOR-RELAYED-ADDRESS": TransportAddress;
  "RESPONSE-ORIGIN": TransportAddress;
  "OTHER-ADDRESS": TransportAddress;
  USERNAME: string;
  REALM: string;
  NONCE: string;
  SOFTWARE: string;
  "MESSAGE-INTEGRITY": Buffer;
  FINGERPRINT: number;
  "ERROR-CODE": ErrorCode;
  "UNKNOWN-ATTRIBUTES": number[];
  /** Seconds. */
  LIFETIME: number;
  /** IANA protocol number. */
  "REQUESTED-TRANSPORT": number;
  "REQUESTED-ADDRESS-FAMILY": AddressFamily;
  "CHANGE-REQUEST": { changeIp: boolean; changePort: boolean };
  DATA: Buffer;
  "CHANNEL-NUMBER": number;
  "DONT-FRAGMENT": true;
  "EVEN-PORT": { reserveNext: boolean };
  "CONNECTION-ID": number;
};
export type AttributeName = keyof AttributeValues;

/** `decode` gives null for a malformed value and never throws; `encode` throws on a value out of range. */
type Codec<T> = {
  type: number;
  encode(value: T, transactionId: Buffer): Buffer;
  decode(value: Buffer, transactionId: Buffer): T | null;
};

const plainAddress = (type: number): Codec<TransportAddress> => ({
  type,
  encode: encodeAddress,
  decode: decodeAddress,
});
const xorAddress = (type: number): Codec<TransportAddress> => ({
  type,
  encode: encodeXorAddress,
  decode: decodeXorAddress,
});
const text = (type: number): Codec<string> => ({
  type,
  encode: (value) => Buffer.from(value, "utf8"),
  decode: (value) => value.toString("utf8"),
});
const opaque = (type: number): Codec<Buffer> => ({ type, encode: (value) => value, decode: (value) => value });
const uint32 = (type: number): Codec<number> => ({
  type,
  encode: (value) => bytesOf(4, (buffer) => buffer.writeUInt32BE(value)),
  decode: (value) => (value.length === 4 ? value.readUInt32BE() : null),
});

const CODECS: { [N in AttributeName]: Codec<AttributeValues[N]> } = {
  // RFC 8489 section 18.3
  "MAPPED-ADDRESS": plainAddress(0x0001),
  USERNAME: text(0x0006),
  "MESSAGE-INTEGRITY": {
    type: 0x0008,
    encode: (value) => value,
    decode: (value) => (value.length === INTEGRITY_BYTES ? value : null),
  },
  "ERROR-CODE": { type: 0x0009, encode: encodeErrorCode, decode: decodeErrorCode },
  "UNKNOWN-ATTRIBUTES": { type: 0x000a, encode: encodeTypes, decode: decodeTypes },
  REALM: text(0x0014),
  NONCE: text(0x0015),
  "XOR-MAPPED-ADDRESS": xorAddress(0x0020),
  SOFTWARE: text(0x8022),
  FINGERPRINT: uint32(0x8028),
  // RFC 8656 section 18
  "CHANNEL-NUMBER": {
    type: 0x000c,
    encode: (value) => bytesOf(4, (buffer) => buffer.writeUInt16BE(value)),
    decode: (value) => (value.length === 4 ? value.readUInt16BE() : null),
  },
  LIFETIME: uint32(0x000d),
  "XOR-PEER-ADDRESS": xorAddress(0x0012),
  DATA: opaque(0x0013),
  "XOR-RELAYED-ADDRESS": xorAddress(0x0016),
  "REQUESTED-ADDRESS-FAMILY": { type: 0x0017, encode: encodeFamily, decode: decodeFamily },
  "EVEN-PORT": {
    type: 0x0018,
    encode: ({ reserveNext }) => Buffer.from([reserveNext ? 0x80 : 0]),
    decode: (value) => (value.length === 1 ? { reserveNext: (value.readUInt8() & 0x80) !== 0 } : null),
  },
  "REQUESTED-TRANSPORT": {
    type: 0x0019,
    encode: (value) => bytesOf(4, (buffer) => buffer.writeUInt8(value)),
    decode: (value) => (value.length === 4 ? value.readUInt8() : null),
  },
  "DONT-FRAGMENT": {
    type: 0x001a,
    encode: () => Buffer.alloc(0),
    decode: (value) => (value.length === 0 ? true : null),
  },
  // RFC 6062 section 6.2
  "CONNECTION-ID": uint32(0x002a),
  // RFC 5780 section 7
  "CHANGE-REQUEST": {
    type: 0x0003,
    encode: ({ changeIp, changePort }) => Buffer.from([0, 0, 0, (changeIp ? 0x04 : 0) | (changePort ? 0x02 : 0)]),
    decode: (value) =>
      value.length === 4
        ? { changeIp: (value.readUInt8(3) & 0x04) !== 0, changePort: (value.readUInt8(3) & 0x02) !== 0 }
        : null,
  },
  "RESPONSE-ORIGIN": plainAddress(0x802b),
  "OTHER-ADDRESS": plainAddress(0x802c),
};

export const ATTRIBUTE_NAMES = Object.keys(CODECS) as AttributeName[];
const NAME_BY_TYPE = new Map<number, AttributeName>(ATTRIBUTE_NAMES.map((name) => [CODECS[name].type, name]));

/** One attribute of a message. One whose type this room does not know is kept as it came. */
export type KnownAttribute = { [N in AttributeName]: { name: N; value: AttributeValues[N] } }[AttributeName];
export type UnknownAttribute = { name: "unknown"; type: number; value: Buffer };
export type Attribute = KnownAttribute | UnknownAttribute;

export function attributeType(name: AttributeName): number {
  return CODECS[name].type;
}

/** The attribute's value on the wire, without header and padding. Throws RangeError on a value out of range. */
export function encodeAttributeValue(attribute: Attribute, transactionId: Buffer): Buffer {
  if (attribute.name === "unknown") return attribute.value;
  // Name and value belong together in `KnownAttribute`; TypeScript cannot follow the pair through the table.
  const codec = CODECS[attribute.name] as Codec<KnownAttribute["value"]>;
  return codec.encode(attribute.value, transactionId);
}

/** Null when the type is known and the value is malformed. */
export function decodeAttribute(type: number, value: Buffer, transactionId: Buffer): Attribute | null {
  const name = NAME_BY_TYPE.get(type);
  if (name === undefined) return { name: "unknown", type, value };
  const decoded = CODECS[name].decode(value, transactionId);
  return decoded === null ? null : ({ name, value: decoded } as KnownAttribute);
}

function bytesOf(length: number, write: (buffer: Buffer) => void): Buffer {
  const buffer = Buffer.alloc(length);
  write(buffer);
  return buffer;
}

/** RFC 8489 section 14.8: hundreds in three bits, the rest in a byte of its own. */
function encodeErrorCode({ number, reason }: ErrorCode): Buffer {
  if (!Number.isInteger(number) || number < 300 || number > 699) {
    throw new RangeError(`expected an error number from 300 to 699, found ${number}`);
  }
  return Buffer.concat([Buffer.from([0, 0, Math.floor(number / 100), number % 100]), Buffer.from(reason, "utf8")]);
}

function decodeErrorCode(value: Buffer): ErrorCode | null {
  if (value.length < 4) return null;
  const hundreds = value.readUInt8(2) & 0x07;
  const rest = value.readUInt8(3);
  if (hundreds < 3 || hundreds > 6 || rest > 99) return null;
  return { number: hundreds * 100 + rest, reason: value.subarray(4).toString("utf8") };
}

function encodeTypes(types: number[]): Buffer {
  return bytesOf(types.length * 2, (buffer) => {
    for (const [index, type] of types.entries()) buffer.writeUInt16BE(type, index * 2);
  });
}

function decodeTypes(value: Buffer): number[] | null {
  if (value.length % 2 !== 0) return null;
  return Array.from({ length: value.length / 2 }, (_, index) => value.readUInt16BE(index * 2));
}

function encodeFamily(family: AddressFamily): Buffer {
  return Buffer.from([FAMILY_NUMBER[family], 0, 0, 0]);
}

function decodeFamily(value: Buffer): AddressFamily | null {
  if (value.length !== 4) return null;
  const number = value.readUInt8();
  if (number === FAMILY_NUMBER.ipv4) return "ipv4";
  return number === FAMILY_NUMBER.ipv6 ? "ipv6" : null;
}
