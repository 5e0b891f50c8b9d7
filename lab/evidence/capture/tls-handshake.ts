import { X509Certificate } from "node:crypto";
import type { TlsAttempt } from "../../model/evidence.ts";
import { alertName } from "./tls-alerts.ts";

type Side = "client" | "server";

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;

const TLS_1_3 = 0x0304;
/** RFC 8446 section 5.1, with room for what encryption adds. */
const MAX_RECORD = 16_384 + 2048;
/** A handshake with its certificates is smaller. */
const MAX_HANDSHAKE_BYTES = 128 * 1024;
/** An alert of 2 bytes and a type byte under a tag of 16 (RFC 8446 section 5.2); a Finished is at least 53. */
const ENCRYPTED_ALERT_BYTES = 19;
/** With the explicit nonce of TLS 1.2's ciphers. A STUN request is at least 20 bytes longer. */
const MAX_ENCRYPTED_ALERT_BYTES = 32;

/** RFC 8446 section 5.1: a stream that begins with a handshake record. */
export const beginsTls = (bytes: Buffer): boolean =>
  bytes.length >= 3 && bytes.readUInt8(0) === HANDSHAKE && bytes.readUInt8(1) === 3 && bytes.readUInt8(2) <= 4;

/** Follows one handshake as far as it is in the clear (RFC 8446, RFC 5246). */
export class TlsHandshake {
  serverName: string | null = null;
  certificate: TlsAttempt["certificate"] = null;
  alert: { name: string | null; from: Side } | null = null;
  /** Both ends have sent what only a finished handshake lets them. */
  isFinished = false;
  /** The client sent data, which the handshake is for. */
  hasClientData = false;
  #isTls13 = false;
  #isDone = false;
  readonly #records: Record<Side, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  readonly #messages: Record<Side, Buffer> = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  readonly #hasChangedCipher: Record<Side, boolean> = { client: false, server: false };
  readonly #hasEncrypted: Record<Side, boolean> = { client: false, server: false };

  push(bytes: Buffer, side: Side): void {
    if (this.#isDone) return;
    let rest = Buffer.concat([this.#records[side], bytes]);
    while (rest.length >= 5) {
      const length = rest.readUInt16BE(3);
      if (rest.readUInt8(1) !== 3 || length > MAX_RECORD) {
        this.#isDone = true;
        return;
      }
      if (rest.length < 5 + length) break;
      this.#record(rest.readUInt8(0), rest.subarray(5, 5 + length), side);
      rest = rest.subarray(5 + length);
    }
    this.#records[side] = rest;
  }

  #record(type: number, body: Buffer, side: Side): void {
    if (type === CHANGE_CIPHER_SPEC) this.#hasChangedCipher[side] = true;
    else if (type === ALERT) this.#alert(body, side);
    else if (type === HANDSHAKE && !this.#isEncrypted(side)) this.#handshake(body, side);
    else if (type === HANDSHAKE || type === APPLICATION_DATA) this.#encrypted(body, side);
  }

  /** From TLS 1.3 on ChangeCipherSpec means nothing, and handshake records are never encrypted ones. */
  #isEncrypted(side: Side): boolean {
    return this.#hasChangedCipher[side] && !this.#isTls13;
  }

  #encrypted(body: Buffer, side: Side): void {
    if (this.isFinished) {
      this.hasClientData ||= side === "client" && body.length > MAX_ENCRYPTED_ALERT_BYTES;
      this.#isDone = this.hasClientData;
      return;
    }
    if (this.#isTls13 && side === "client" && !this.#hasEncrypted.client && body.length === ENCRYPTED_ALERT_BYTES) {
      this.alert ??= { name: null, from: side };
      return;
    }
    this.#hasEncrypted[side] = true;
    // In TLS 1.3 the server's first encrypted record comes before the client's Finished, which ends the handshake.
    this.isFinished = this.#hasEncrypted.client && this.#hasEncrypted.server && this.alert === null;
  }

  #alert(body: Buffer, side: Side): void {
    const inClear = body.length === 2 && !this.#isEncrypted(side);
    // close_notify ends connections that worked.
    if (this.isFinished || (inClear && body.readUInt8(1) === 0)) return;
    this.alert ??= { name: inClear ? alertName(body.readUInt8(1)) : null, from: side };
  }

  #handshake(body: Buffer, side: Side): void {
    let rest = Buffer.concat([this.#messages[side], body]);
    while (rest.length >= 4) {
      const length = rest.readUIntBE(1, 3);
      if (length > MAX_HANDSHAKE_BYTES) {
        this.#isDone = true;
        return;
      }
      if (rest.length < 4 + length) break;
      const message = rest.subarray(4, 4 + length);
      const type = rest.readUInt8(0);
      if (type === CLIENT_HELLO && side === "client") this.serverName ??= serverNameIn(message);
      else if (type === SERVER_HELLO && side === "server") this.#isTls13 = isTls13(message);
      else if (type === CERTIFICATE && side === "server") this.certificate ??= certificateIn(message);
      rest = rest.subarray(4 + length);
    }
    this.#messages[side] = rest;
  }
}

/** Extensions of a ClientHello or ServerHello by type (RFC 8446 section 4.2); empty where it does not hold together. */
function extensionsOf(message: Buffer, side: Side): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  try {
    let at = 34;
    at += 1 + message.readUInt8(at);
    if (side === "client") {
      at += 2 + message.readUInt16BE(at);
      at += 1 + message.readUInt8(at);
    } else at += 3;
    const end = at + 2 + message.readUInt16BE(at);
    at += 2;
    while (at + 4 <= end) {
      const length = message.readUInt16BE(at + 2);
      found.set(message.readUInt16BE(at), message.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return found;
}

/** RFC 6066 section 3. */
function serverNameIn(message: Buffer): string | null {
  const names = extensionsOf(message, "client").get(0);
  if (!names || names.length < 5 || names.readUInt8(2) !== 0) return null;
  const name = names.subarray(5, 5 + names.readUInt16BE(3)).toString("latin1");
  return /^[\w.-]{1,255}$/.test(name) ? name : null;
}

function isTls13(message: Buffer): boolean {
  const versions = extensionsOf(message, "server").get(43);
  return versions !== undefined && versions.length === 2 && versions.readUInt16BE(0) === TLS_1_3;
}

/** RFC 5246 section 7.4.2: the server's own certificate comes first. */
function certificateIn(message: Buffer): TlsAttempt["certificate"] {
  const chain: Buffer[] = [];
  for (let at = 3; at + 3 <= message.length; ) {
    const length = message.readUIntBE(at, 3);
    if (length === 0 || at + 3 + length > message.length) break;
    chain.push(message.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  const [own] = chain;
  if (!own) return null;
  try {
    const parsed = new X509Certificate(own);
    const notAfter = parsed.validToDate.getTime();
    return { notAfter, names: namesOf(parsed), chainLength: chain.length };
  } catch {
    // Node throws errors of several kinds where it is no certificate.
    return null;
  }
}

/** As Node writes them: `DNS:turn.example.org, IP Address:192.0.2.1`. */
function namesOf({ subjectAltName, subject }: X509Certificate): string[] {
  const names = (subjectAltName ?? "").split(", ").flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? []);
  const common = /^CN=(.+)$/m.exec(subject ?? "")?.[1];
  return names.length > 0 || common === undefined ? names : [common];
}
