import { bytesToAddress, formatTransportAddress } from "../../stun/transport-address.ts";
import type { Frame } from "./capture-file.ts";

/** What a frame carries, as far as anything here looks at it. Addresses are `ADDRESS:PORT`. */
export type Packet =
  | {
      kind: "udp";
      from: string;
      to: string;
      /** IP TTL or hop limit. */
      ttl: number;
      payload: Buffer;
      /** As the UDP header says, of which `payload` may be the beginning. */
      length: number;
      isFragment: boolean;
    }
  | {
      kind: "tcp";
      from: string;
      to: string;
      ttl: number;
      sequence: number;
      flags: TcpFlags;
      payload: Buffer;
      /** On the wire. */
      length: number;
    }
  | {
      kind: "icmp";
      from: string;
      version: 4 | 6;
      type: number;
      code: number;
      mtu: number;
      /** What it is about, as far as the packet that it quotes tells. */
      about: { protocol: "udp" | "tcp" | "icmp" | "other"; from: string; to: string } | null;
    }
  | { kind: "fragment" }
  | { kind: "other"; what: string };

export type TcpFlags = { syn: boolean; ack: boolean; fin: boolean; rst: boolean };

const ETHERNET = 1;
const LINUX_COOKED = 113;
const LINUX_COOKED_2 = 276;
const RAW = new Set([12, 14, 101, 228, 229]);
const NULL = 0;
const LOOP = 108;
export const LINK_TYPES: readonly number[] = [NULL, ETHERNET, ...RAW, LOOP, LINUX_COOKED, LINUX_COOKED_2];

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLANS = new Set([0x8100, 0x88a8, 0x9100]);
const ETHERTYPES: Record<number, string> = { 2054: "ARP", 34915: "PPPoE", 34916: "PPPoE", 35020: "LLDP" };
const PROTOCOLS: Record<number, string> = { 2: "IGMP", 47: "GRE", 50: "ESP", 51: "AH", 132: "SCTP" };

const NOTHING: Packet = { kind: "other", what: "cut short" };

/** Reads link, VLAN, IP and transport headers. Never throws: what is too short is `other`. */
export function readPacket({ linkType, bytes }: Frame): Packet {
  if (linkType === ETHERNET) return ofEtherType(bytes, 12);
  if (linkType === LINUX_COOKED) return ofEtherType(bytes, 14);
  if (linkType === LINUX_COOKED_2)
    return bytes.length < 20 ? NOTHING : ofType(bytes.readUInt16BE(0), bytes.subarray(20));
  if (linkType === NULL || linkType === LOOP) return ofIp(bytes.subarray(4));
  if (RAW.has(linkType)) return ofIp(bytes);
  return { kind: "other", what: `link type ${linkType}` };
}

function ofEtherType(bytes: Buffer, at: number): Packet {
  let offset = at;
  for (let tags = 0; tags < 4; tags++) {
    if (bytes.length < offset + 2) return NOTHING;
    const type = bytes.readUInt16BE(offset);
    if (!VLANS.has(type)) return ofType(type, bytes.subarray(offset + 2));
    offset += 4;
  }
  return { kind: "other", what: "VLAN" };
}

function ofType(type: number, bytes: Buffer): Packet {
  if (type === IPV4 || type === IPV6) return ofIp(bytes);
  return { kind: "other", what: ETHERTYPES[type] ?? `EtherType 0x${type.toString(16).padStart(4, "0")}` };
}

function ofIp(bytes: Buffer): Packet {
  const ip = readIp(bytes);
  if (ip === null) return NOTHING;
  if (ip.offset > 0) return { kind: "fragment" };
  const { payload, source, destination, ttl } = ip;
  const at = (address: string, port: number) => formatTransportAddress({ address, port });
  if (ip.protocol === 17) {
    if (payload.length < 8) return NOTHING;
    const length = Math.max(0, payload.readUInt16BE(4) - 8);
    return {
      kind: "udp",
      from: at(source, payload.readUInt16BE(0)),
      to: at(destination, payload.readUInt16BE(2)),
      ttl,
      payload: payload.subarray(8, 8 + length),
      length,
      isFragment: ip.isFragment,
    };
  }
  if (ip.protocol === 6) {
    if (payload.length < 20) return NOTHING;
    const header = (payload.readUInt8(12) >> 4) * 4;
    if (header < 20) return NOTHING;
    const bits = payload.readUInt8(13);
    return {
      kind: "tcp",
      from: at(source, payload.readUInt16BE(0)),
      to: at(destination, payload.readUInt16BE(2)),
      ttl,
      sequence: payload.readUInt32BE(4),
      flags: { fin: (bits & 1) !== 0, syn: (bits & 2) !== 0, rst: (bits & 4) !== 0, ack: (bits & 16) !== 0 },
      payload: payload.subarray(header),
      length: Math.max(0, ip.payloadBytes - header),
    };
  }
  if (ip.protocol === 1 || ip.protocol === 58) {
    if (payload.length < 8) return NOTHING;
    const version = ip.protocol === 1 ? 4 : 6;
    return {
      kind: "icmp",
      from: source,
      version,
      type: payload.readUInt8(0),
      code: payload.readUInt8(1),
      mtu: version === 4 ? payload.readUInt16BE(6) : payload.readUInt32BE(4),
      about: quoted(payload.subarray(8)),
    };
  }
  return { kind: "other", what: PROTOCOLS[ip.protocol] ?? `IP protocol ${ip.protocol}` };
}

type Ip = {
  source: string;
  destination: string;
  ttl: number;
  protocol: number;
  /** Of a fragment, in bytes. */
  offset: number;
  isFragment: boolean;
  payload: Buffer;
  /** As the header says. */
  payloadBytes: number;
};

function readIp(bytes: Buffer): Ip | null {
  if (bytes.length < 1) return null;
  const version = bytes.readUInt8(0) >> 4;
  return version === 4 ? readIpv4(bytes) : version === 6 ? readIpv6(bytes) : null;
}

/** RFC 791 section 3.1. */
function readIpv4(bytes: Buffer): Ip | null {
  if (bytes.length < 20) return null;
  const header = (bytes.readUInt8(0) & 0x0f) * 4;
  if (header < 20 || bytes.length < header) return null;
  const fragment = bytes.readUInt16BE(6);
  // Where the network card cuts segments, the length is 0 in a capture of what is sent.
  const total = bytes.readUInt16BE(2) || bytes.length;
  return {
    source: bytesToAddress(bytes.subarray(12, 16)) ?? "",
    destination: bytesToAddress(bytes.subarray(16, 20)) ?? "",
    ttl: bytes.readUInt8(8),
    protocol: bytes.readUInt8(9),
    offset: (fragment & 0x1fff) * 8,
    isFragment: (fragment & 0x3fff) !== 0,
    payload: bytes.subarray(header, Math.max(header, total)),
    payloadBytes: Math.max(0, total - header),
  };
}

/** Hop-by-hop, routing, fragment and destination options: RFC 8200 section 4. */
const EXTENSIONS = new Set([0, 43, 44, 60]);

function readIpv6(bytes: Buffer): Ip | null {
  if (bytes.length < 40) return null;
  const payloadBytes = bytes.readUInt16BE(4) || bytes.length - 40;
  let protocol = bytes.readUInt8(6);
  let at = 40;
  let offset = 0;
  let isFragment = false;
  for (let extensions = 0; EXTENSIONS.has(protocol) && extensions < 8; extensions++) {
    if (bytes.length < at + 8) return null;
    const next = bytes.readUInt8(at);
    if (protocol === 44) {
      const field = bytes.readUInt16BE(at + 2);
      offset = field & 0xfff8;
      isFragment = true;
      at += 8;
    } else at += (bytes.readUInt8(at + 1) + 1) * 8;
    protocol = next;
  }
  return {
    source: bytesToAddress(bytes.subarray(8, 24)) ?? "",
    destination: bytesToAddress(bytes.subarray(24, 40)) ?? "",
    ttl: bytes.readUInt8(7),
    protocol,
    offset,
    isFragment,
    payload: bytes.subarray(at, 40 + payloadBytes),
    payloadBytes: Math.max(0, 40 + payloadBytes - at),
  };
}

/** The beginning of the packet that an ICMP error is about: RFC 792, RFC 4443 section 3. */
function quoted(bytes: Buffer): { protocol: "udp" | "tcp" | "icmp" | "other"; from: string; to: string } | null {
  const ip = readIp(bytes);
  if (ip === null || ip.offset > 0) return null;
  const isUdp = ip.protocol === 17;
  if ((!isUdp && ip.protocol !== 6) || ip.payload.length < 4) {
    const protocol = ip.protocol === 1 || ip.protocol === 58 ? "icmp" : "other";
    return { protocol, from: ip.source, to: ip.destination };
  }
  const at = (address: string, offset: number) =>
    formatTransportAddress({ address, port: ip.payload.readUInt16BE(offset) });
  return { protocol: isUdp ? "udp" : "tcp", from: at(ip.source, 0), to: at(ip.destination, 2) };
}
