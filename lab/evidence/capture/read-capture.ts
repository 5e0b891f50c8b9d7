import type { PacketEvidence, Seen, Source, TcpAttempt, TlsAttempt } from "../../model/evidence.ts";
import { decode } from "../../stun/message.ts";
import { StreamFraming } from "../../stun/stream-framing.ts";
import type { CaptureFile, Frame } from "./capture-file.ts";
import { DtlsHandshakes } from "./dtls-handshakes.ts";
import { aboutOf, icmpError } from "./icmp.ts";
import { type Packet, readPacket } from "./packet.ts";
import { RelayedData } from "./relayed-data.ts";
import { StunTransactions } from "./stun-transactions.ts";
import { type StreamReader, type TcpStream, TcpStreams } from "./tcp-streams.ts";
import { beginsTls, TlsHandshake } from "./tls-handshake.ts";

const MAX_ICMP = 1_000;

/** What a connection turned out to carry. */
type Content = { stun: boolean; tls: TlsHandshake | null };

/** What a capture came to, with what the reader needs to say about it. */
export type Capture = {
  evidence: PacketEvidence;
  /** Frames by what they are: `UDP`, `ARP`, `EtherType 0x88e1`. */
  protocols: Map<string, number>;
  /** Frames of which only the beginning was captured. */
  cutShort: number;
  fragments: number;
  /** Connections that have nothing to do with STUN or TURN, as far as can be told. */
  otherConnections: number;
  /** Of the connections in `evidence.tls`, those whose handshake ended: what follows is encrypted. */
  encrypted: number;
  /** What was left out beyond the bounds. */
  left: number;
};

/** Reads frame by frame; nothing of a frame is kept but what it comes to. */
export class CaptureCollector {
  readonly #name: string;
  readonly #transactions = new StunTransactions();
  readonly #dtls = new DtlsHandshakes();
  readonly #relayed = new RelayedData();
  readonly #contents = new Map<TcpStream, Content>();
  readonly #tcp = new TcpStreams((stream) => this.#openStream(stream));
  readonly #icmp = new Map<string, Seen<{ type: string; from: string; about: string | null }>>();
  readonly #protocols = new Map<string, number>();
  #firstAtS: number | null = null;
  #frames = 0;
  #cutShort = 0;
  #fragments = 0;

  constructor(name: string) {
    this.#name = name;
  }

  readAll({ frames }: CaptureFile): void {
    for (const frame of frames) this.push(frame);
  }

  push(frame: Frame): void {
    this.#frames++;
    this.#firstAtS ??= frame.atS;
    const atS = Math.round((frame.atS - this.#firstAtS) * 1e6) / 1e6;
    const at: Source = { file: this.#name, frame: frame.number };
    if (frame.bytes.length < frame.wireBytes) this.#cutShort++;
    const packet = readPacket(frame);
    this.#count(packet);
    if (packet.kind === "fragment" || (packet.kind === "udp" && packet.isFragment)) this.#fragments++;
    if (packet.kind === "udp") this.#datagram(packet, atS, at);
    else if (packet.kind === "tcp") this.#tcp.push(packet, atS, at);
    else if (packet.kind === "icmp") this.#error(packet, at);
  }

  result(): Capture {
    const transactions = this.#transactions.all;
    const servers = new Set(transactions.flatMap(({ isCheck, to }) => (isCheck ? [] : [hostOf(to)])));
    const all = this.#tcp.all;
    const isSmall = new Set(all.map(({ server }) => server)).size <= FEW_SERVERS;
    const related = all.filter((stream) => isSmall || isRelated(stream, this.#contentOf(stream), servers));
    const tls = related.flatMap((stream) => {
      const { tls: handshake } = this.#contentOf(stream);
      return handshake ? [tlsAttempt(stream, handshake)] : [];
    });
    return {
      evidence: {
        name: this.#name,
        startedAt: this.#firstAtS === null ? null : Math.round(this.#firstAtS * 1000),
        frames: this.#frames,
        transactions,
        tls,
        tcp: related.map(tcpAttempt),
        icmp: [...this.#icmp.values()],
        dtls: this.#dtls.all,
      },
      protocols: this.#protocols,
      cutShort: this.#cutShort,
      fragments: this.#fragments,
      otherConnections: all.length - related.length,
      encrypted: tls.filter(({ outcome }) => outcome === "finished").length,
      left: this.#transactions.left + this.#tcp.left,
    };
  }

  #contentOf(stream: TcpStream): Content {
    return this.#contents.get(stream) ?? { stun: false, tls: null };
  }

  /** STUN, ChannelData and DTLS share a port: the first byte tells them apart (RFC 7983 section 7). */
  #datagram({ from, to, payload, length, ttl }: Extract<Packet, { kind: "udp" }>, atS: number, at: Source): void {
    const first = payload[0] ?? 0xff;
    if (first < 4) this.#message(payload, { transport: "udp", from, to, atS, ttl, at });
    else if (first >= 64 && first < 80) this.#inside(this.#relayed.pushChannelData(payload, from, to), atS, at);
    else if (first >= 20 && first < 64) this.#dtls.push(payload, length, from, to, at);
  }

  #message(
    bytes: Buffer,
    way: { transport: "udp" | "tcp"; from: string; to: string; atS: number; ttl: number; at: Source },
  ): boolean {
    const message = decode(bytes);
    if ("error" in message) return message.error === "unknown_method";
    this.#transactions.push({ message, ...way });
    this.#inside(this.#relayed.push(message, way.from, way.to), way.atS, way.at);
    return true;
  }

  /** Checks and DTLS that a relay carries, in the clear where the client's way to it is. */
  #inside(inner: ReturnType<RelayedData["push"]>, atS: number, at: Source): void {
    if (!inner || inner.payload.length === 0) return;
    const { from, to, payload } = inner;
    const first = payload.readUInt8(0);
    if (first < 4) {
      const message = decode(payload);
      if (!("error" in message)) this.#transactions.push({ message, transport: "udp", from, to, atS, ttl: null, at });
    } else if (first >= 20 && first < 64) this.#dtls.push(payload, payload.length, from, to, at);
  }

  #openStream(stream: TcpStream): StreamReader {
    const content: Content = { stun: false, tls: null };
    const framings = { client: new StreamFraming(), server: new StreamFraming() };
    let isOther = false;
    let isTunnel = false;
    this.#contents.set(stream, content);
    return {
      data: (bytes, side, atS, at, ttl) => {
        if (isOther) return;
        if (!content.stun && !content.tls) {
          // Through an HTTP proxy (RFC 9110 section 9.3.6) it begins after the proxy's answer.
          if (side === "client" && bytes.toString("latin1", 0, 8) === "CONNECT ") isTunnel = true;
          if (isTunnel && /^(?:CONNECT |HTTP)/.test(bytes.toString("latin1", 0, 8))) return;
          if (beginsTls(bytes)) content.tls = new TlsHandshake();
          else if (!("error" in decode(bytes.subarray(0, stunLength(bytes))))) content.stun = true;
          else isOther = true;
        }
        if (content.tls) content.tls.push(bytes, side);
        if (!content.stun) return;
        const [from, to] = side === "client" ? [stream.client, stream.server] : [stream.server, stream.client];
        for (const one of framings[side].push(bytes)) {
          if (one.readUInt8(0) >= 64) this.#inside(this.#relayed.pushChannelData(one, from, to), atS, at);
          else this.#message(one, { transport: "tcp", from, to, atS, ttl, at });
        }
      },
    };
  }

  #error(packet: Extract<Packet, { kind: "icmp" }>, at: Source): void {
    const type = icmpError(packet);
    if (type === null) return;
    const about = aboutOf(packet);
    const key = `${type} ${packet.from} ${about}`;
    if (this.#icmp.size < MAX_ICMP && !this.#icmp.has(key)) this.#icmp.set(key, { type, from: packet.from, about, at });
  }

  #count(packet: Packet): void {
    const name =
      packet.kind === "other" ? packet.what : packet.kind === "fragment" ? "IP fragment" : packet.kind.toUpperCase();
    this.#protocols.set(name, (this.#protocols.get(name) ?? 0) + 1);
  }
}

/** A capture of nothing but the call has no more TCP servers than this. */
const FEW_SERVERS = 3;
/** RFC 8656 section 17: stun(s), turn(s); with the next ones, which servers have for a second address. */
const TURN_PORTS = new Set([3478, 3479, 5349, 5350]);
const TURN_NAME = /(?:^|[.-])(?:s?turns?|coturn|relay|ice)\d*(?:[.-]|$)/i;

/** Whether a connection is to a STUN or TURN server, as far as its port, its address, its name and what it carries tell. */
function isRelated({ server }: TcpStream, { stun, tls }: Content, servers: ReadonlySet<string>): boolean {
  return stun || servers.has(hostOf(server)) || TURN_PORTS.has(portOf(server)) || TURN_NAME.test(tls?.serverName ?? "");
}

function tcpAttempt({ client, server, at, isAccepted, resetBy, bytes, hasSyn }: TcpStream): TcpAttempt {
  const isReset = resetBy !== null && bytes.server === 0;
  const outcome = isAccepted ? (isReset ? "reset" : "connected") : resetBy === "server" && hasSyn ? "refused" : "none";
  return { at, client, server, outcome };
}

function tlsAttempt(
  { client, server, at, resetBy, closedBy }: TcpStream,
  { serverName, isFinished, alert, certificate, hasClientData }: TlsHandshake,
): TlsAttempt {
  const outcome = alert ? "alert" : isFinished ? "finished" : resetBy !== null ? "reset" : "none";
  return {
    at,
    client,
    server,
    serverName,
    outcome,
    alert: alert?.name ?? null,
    alertFrom: alert?.from ?? null,
    certificate,
    closedBy,
    hasClientData,
  };
}

const stunLength = (bytes: Buffer): number => (bytes.length < 4 ? 0 : 20 + bytes.readUInt16BE(2));
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(":"));
const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(":") + 1));
