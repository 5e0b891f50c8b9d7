import type { UplinkPort } from "../../model/outside-server.ts";

/**
 * What the two ends of an uplink say to each other over a Unix stream: length (4 bytes, of all that follows), kind (1), flow
 * (4), then what the kind has. The inner end numbers the flows.
 */
export type UplinkFrame =
  /** Inside only: a flow to this port is wanted. */
  | ({ kind: "open"; flow: number } & UplinkPort)
  /** A datagram, or bytes of a stream. */
  | { kind: "data"; flow: number; bytes: Buffer }
  /** No more bytes of a stream from this side (TCP's FIN). */
  | { kind: "end"; flow: number }
  /** The flow is over, or was refused; nothing more of it comes. */
  | { kind: "close"; flow: number };

const KINDS = ["open", "data", "end", "close"] as const satisfies UplinkFrame["kind"][];
const PROTOCOLS = ["udp", "tcp"] as const satisfies UplinkPort["protocol"][];
const HEAD_BYTES = 9;
/** The largest datagram, or what a socket hands out at once; more is no frame of ours. */
const MAX_FRAME_BYTES = 1 << 20;

export function encodeFrame(frame: UplinkFrame): Buffer {
  const payload = payloadOf(frame);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + payload.length);
  bytes.writeUInt32BE(HEAD_BYTES - 4 + payload.length, 0);
  bytes.writeUInt8(KINDS.indexOf(frame.kind), 4);
  bytes.writeUInt32BE(frame.flow, 5);
  payload.copy(bytes, HEAD_BYTES);
  return bytes;
}

function payloadOf(frame: UplinkFrame): Buffer {
  if (frame.kind === "data") return frame.bytes;
  if (frame.kind !== "open") return Buffer.alloc(0);
  const payload = Buffer.alloc(3);
  payload.writeUInt8(PROTOCOLS.indexOf(frame.protocol), 0);
  payload.writeUInt16BE(frame.port, 1);
  return payload;
}

/** Cuts a stream into frames. Throws a RangeError on what is none: the two ends are one program. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  read(chunk: Buffer): UplinkFrame[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const frames: UplinkFrame[] = [];
    let at = 0;
    while (this.#pending.length - at >= 4) {
      const length = this.#pending.readUInt32BE(at);
      if (length < HEAD_BYTES - 4 || length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
      if (this.#pending.length - at < 4 + length) break;
      frames.push(decode(this.#pending.subarray(at + 4, at + 4 + length)));
      at += 4 + length;
    }
    this.#pending = this.#pending.subarray(at);
    return frames;
  }
}

function decode(body: Buffer): UplinkFrame {
  const kind = KINDS[body.readUInt8(0)];
  const flow = body.readUInt32BE(1);
  const payload = body.subarray(HEAD_BYTES - 4);
  if (kind === "data") return { kind, flow, bytes: payload };
  if (kind === "end" || kind === "close") return { kind, flow };
  const protocol = payload.length === 3 ? PROTOCOLS[payload.readUInt8(0)] : undefined;
  if (kind !== "open" || !protocol) throw new RangeError("a frame of no known kind");
  return { kind, flow, protocol, port: payload.readUInt16BE(1) };
}
