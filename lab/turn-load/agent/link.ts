/** Why an iteration came to nothing, or was lost: `turn_` and a number as the server answers, or one of these. */
export type FailureCode =
  | `turn_${number}`
  | "turn_timeout"
  | "turn_connect_failed"
  | "turn_tls_failed"
  | "turn_connection_closed"
  /** The generator's own machine: no file descriptor or no port was left for a socket. It says nothing about a server. */
  | "generator_no_socket";

/** Of a socket that could not be opened or lost its other end. */
export function socketFailure(error: NodeJS.ErrnoException): "turn_connect_failed" | "generator_no_socket" {
  return OWN_FAULTS.has(error.code ?? "") ? "generator_no_socket" : "turn_connect_failed";
}
const OWN_FAULTS = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EADDRNOTAVAIL", "EADDRINUSE"]);

/** One connected way to the server. */
export type Link = {
  /** Over TCP and TLS nothing is lost on the way: requests are not sent again (RFC 8489 section 6.2.2). */
  readonly isReliable: boolean;
  /** `bytes` may be overwritten as soon as it returns. */
  send(bytes: Buffer): void;
  close(): void;
};

/** Whom a link belongs to. */
export interface LinkOwner {
  onOpen(): void;
  /** One whole message; the bytes are the owner's until it returns. */
  onFrame(bytes: Buffer): void;
  /** At most once, and nothing after it. */
  onBroken(code: FailureCode): void;
}
