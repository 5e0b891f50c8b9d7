import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import type { ServerTarget } from "../stun/transport.ts";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

export type TlsLook = {
  /** Of the handshake, after TCP. */
  ms: number;
  version: string;
  cipher: string;
  certificate: {
    subject: string;
    issuer: string;
    notAfterMs: number;
    /** RSA, EC, …, with its size in bits. */
    key: string;
    keyBits: number | null;
    isRsa: boolean;
    /** Certificates from the leaf to the last that was sent or is known here. */
    chain: number;
  } | null;
  /** OpenSSL's word for why the chain is not trusted; null: it is. */
  chainFault: string | null;
  /** Null: the certificate has the name, or the address. */
  nameFault: string | null;
};

export type TlsRefusal = { code: string; message: string };

/** A TCP connection, or why there is none. Rejects with Node's error. */
export async function openTcp(
  { address, port }: Pick<ServerTarget, "address" | "port">,
  timeoutMs: number,
): Promise<Socket> {
  const socket = connectTcp({ host: address, port });
  socket.setNoDelay(true);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    socket.destroy();
    if (error instanceof Error && error.name === "AbortError") {
      throw Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: "ETIMEDOUT" });
    }
    throw error;
  }
  // Whoever holds it now is told by `close`.
  socket.on("error", () => {});
  return socket;
}

/**
 * One handshake, to look at what the server shows; with `version` at that one alone. What is wrong with the certificate is an answer
 * here, so it does not end the handshake, and nothing is ever sent over such a connection: it is closed at once.
 */
export async function lookAtTls(
  target: ServerTarget,
  { timeoutMs, version, socket }: { timeoutMs: number; version?: TlsVersion; socket?: Socket },
): Promise<TlsLook | TlsRefusal> {
  let tls: TLSSocket | null = null;
  try {
    const tcp = socket ?? (await openTcp(target, timeoutMs));
    const startedAt = performance.now();
    const named = target.servername !== undefined && !isIP(target.servername);
    tls = connectTls({
      socket: tcp,
      rejectUnauthorized: false,
      ...(named ? { servername: target.servername } : {}),
      ...(target.ca === undefined ? {} : { ca: target.ca }),
      ...(version === undefined ? {} : atVersion(version)),
    });
    await once(tls, "secureConnect", { signal: AbortSignal.timeout(timeoutMs) });
    return describe(tls, target, performance.now() - startedAt);
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (name === "AbortError") return { code: "ETIMEDOUT", message: `no handshake within ${timeoutMs} ms` };
    return { code: code ?? name, message };
  } finally {
    tls?.on("error", () => {});
    tls?.destroy();
    socket?.destroy();
  }
}

/** The level lets OpenSSL speak what it would not by itself. */
function atVersion(version: TlsVersion) {
  const isOld = version === "TLSv1" || version === "TLSv1.1";
  return { minVersion: version, maxVersion: version, ...(isOld ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}) };
}

function describe(tls: TLSSocket, { servername, address }: ServerTarget, ms: number): TlsLook {
  const peer = tls.getPeerCertificate(true);
  const has = Object.keys(peer).length > 0;
  // A string or an Error, by Node's version and the fault.
  const fault = tls.authorizationError as string | Error | null;
  const chainFault = fault ? ((fault as NodeJS.ErrnoException).code ?? String(fault)) : null;
  const name = servername ?? address;
  const isOther = has && checkServerIdentity(name, peer) !== undefined;
  const names = (peer.subjectaltname ?? "").replaceAll(/\b(DNS|IP Address):/g, "") || "no name";
  return {
    ms,
    version: tls.getProtocol() ?? "",
    cipher: tls.getCipher().standardName ?? tls.getCipher().name,
    certificate: has
      ? {
          subject: nameOf(peer.subject),
          issuer: nameOf(peer.issuer),
          notAfterMs: Date.parse(peer.valid_to),
          ...keyOf(peer),
          chain: lengthOf(peer),
        }
      : null,
    chainFault: chainFault === "ERR_TLS_CERT_ALTNAME_INVALID" ? null : chainFault,
    nameFault: isOther ? `the certificate is for ${names}, not for ${name}` : null,
  };
}

function nameOf(names: DetailedPeerCertificate["subject"]): string {
  const text = (value: string | string[] | undefined) => (Array.isArray(value) ? value.join(", ") : value);
  return text(names?.CN) ?? text(names?.O) ?? "";
}

function keyOf(peer: DetailedPeerCertificate): { key: string; keyBits: number | null; isRsa: boolean } {
  const keyBits = peer.bits ?? null;
  const isRsa = peer.modulus !== undefined;
  const kind = isRsa ? "RSA" : (peer.asn1Curve ?? peer.nistCurve ?? "unknown");
  return { key: keyBits === null ? kind : `${kind} ${keyBits} bit`, keyBits, isRsa };
}

function lengthOf(peer: DetailedPeerCertificate): number {
  let length = 1;
  // The last is its own issuer.
  for (let at = peer; at.issuerCertificate && at.issuerCertificate !== at && length < 10; at = at.issuerCertificate)
    length += 1;
  return length;
}
