import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { TLSSocket } from "node:tls";
import { DtlsClient, type RTCPeerConnection } from "werift";

let file: string | null = null;

/**
 * From now on keys of this peer's TLS and DTLS are written there, as NSS and Wireshark have them (SSLKEYLOGFILE,
 * draft-ietf-tls-keylogfile). Whoever has them reads everything.
 */
export function useKeyLog(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  file = path;
}

/** To be called before the handshake. */
export function logTlsKeys(socket: TLSSocket): void {
  // Node gives whole lines.
  if (file !== null) socket.on("keylog", (line) => write(line));
}

/** What werift keeps of a handshake (dtls/src/context/cipher.ts). */
type Handshake = { localRandom?: Random; remoteRandom?: Random; masterSecret?: Buffer };
type Random = { serialize(): Uint8Array };

/** To be called when DTLS is connected. */
export function logDtlsKeys(pc: RTCPeerConnection): void {
  if (file === null) return;
  const line = dtlsKeyLine(pc);
  if (line !== null) write(`${line}\n`);
}

/** `CLIENT_RANDOM <client random> <master secret>`, in hexadecimal; null before there are keys. */
export function dtlsKeyLine({ dtlsTransports: [transport] }: Pick<RTCPeerConnection, "dtlsTransports">): string | null {
  const { dtls } = transport ?? {};
  if (!dtls) return null;
  const { localRandom, remoteRandom, masterSecret } = (dtls as unknown as { cipher: Handshake }).cipher;
  const random = dtls instanceof DtlsClient ? localRandom : remoteRandom;
  if (!random || !masterSecret) return null;
  return `CLIENT_RANDOM ${Buffer.from(random.serialize()).toString("hex")} ${masterSecret.toString("hex")}`;
}

function write(text: string | Buffer): void {
  if (file !== null) appendFileSync(file, text);
}
