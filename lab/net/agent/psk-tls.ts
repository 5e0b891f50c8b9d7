import type { Socket } from "node:net";
import { connect, TLSSocket, type TLSSocketOptions, type TlsOptions } from "node:tls";

/** RFC 8446 section 5.1: the first byte of a connection that begins with a TLS handshake. */
export const TLS_HANDSHAKE = 0x16;

/**
 * A pre-shared key instead of a certificate (RFC 4279): the probe asks whether a TLS handshake gets through, not whom
 * it talks to. TLS 1.2, whose cipher suites have a key exchange by key alone.
 */
const PSK = { identity: "turnlab", key: Buffer.alloc(16, 0x74) };
const COMMON = { ciphers: "PSK-AES128-GCM-SHA256", minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const;

/** The server's end on a connection whose first bytes have been put back into it. */
export function acceptTls(connection: Socket): TLSSocket {
  const options: TLSSocketOptions & Pick<TlsOptions, "pskCallback"> = {
    ...COMMON,
    isServer: true,
    pskCallback: () => PSK.key,
  };
  return new TLSSocket(connection, options);
}

/** The client's end, on a connection that stands. */
export function startTls(connection: Socket): TLSSocket {
  return connect({
    ...COMMON,
    socket: connection,
    pskCallback: () => ({ psk: PSK.key, identity: PSK.identity }),
    checkServerIdentity: () => undefined,
  });
}
