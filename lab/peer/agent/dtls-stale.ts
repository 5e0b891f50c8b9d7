/**
 * Which handshake messages a DTLS end must ignore because it is past them (RFC 6347 section 4.2.2). werift 0.25.2
 * starts over on them: a ClientHello that was retransmitted after half a second makes its server draw new keys under
 * a handshake that is under way, or renegotiate a finished one, and neither ends. On a busy machine that is common.
 */

/** RFC 5246 section 7.4, RFC 6347 section 4.3.2. */
export const CLIENT_HELLO = 1;
export const HELLO_VERIFY_REQUEST = 3;

/** client_version (2), random (32), then session_id and cookie, each with a length byte (RFC 6347 section 4.2.1). */
const SESSION_ID_LENGTH_OFFSET = 34;

/** Flights are numbered as in RFC 6347 section 4.2.4, figure 1; `received`: types the far end has sent since its hello. */
type HandshakeState = { connected: boolean; flight: number; received: readonly number[] };

/**
 * Messages that count once; werift takes a repeated one for a new key. The client repeats its own flight by timer
 * until the server's Finished, so it need not answer a repeated ServerHelloDone (14) either. The server has no such
 * timer for its last flight: a repeated Finished is not among them.
 */
const ONCE = { client: [2, 11, 12, 13, 14], server: [11, 15, 16] } as const satisfies Record<string, number[]>;

export function isStaleHandshake(
  end: "client" | "server",
  { connected, flight, received }: HandshakeState,
  { msg_type: type, fragment }: { msg_type: number; fragment: Buffer },
): boolean {
  const once: readonly number[] = ONCE[end];
  if (once.includes(type) && received.includes(type)) return true;
  // A client that has the server's Finished is done. A server must still answer a repeated Finished.
  if (end === "client") return connected || (type === HELLO_VERIFY_REQUEST && flight >= 3);
  if (type !== CLIENT_HELLO) return false;
  return connected || flight > 4 || (flight === 4 && !hasCookie(fragment));
}

function hasCookie(clientHello: Buffer): boolean {
  const sessionIdLength = clientHello[SESSION_ID_LENGTH_OFFSET] ?? 0;
  return (clientHello[SESSION_ID_LENGTH_OFFSET + 1 + sessionIdLength] ?? 0) > 0;
}
