import type { ErrorCode } from "./attributes.ts";

export type StunErrorCode =
  /** Nothing came in time. */
  | "timeout"
  /** Only responses whose MESSAGE-INTEGRITY is wrong or missing came. */
  | "unauthenticated_response"
  /** The server answered with an error; see `response`. */
  | "error_response"
  /** A success response lacks what its method promises. */
  | "incomplete_response"
  /** TCP was refused, reset or unreachable; UDP got an ICMP error. */
  | "connection_failed"
  /** TLS: the certificate is not trusted or does not name the server. */
  | "certificate_rejected"
  /** TLS failed otherwise. */
  | "tls_failed"
  /** The stream carried something that is neither STUN nor ChannelData. */
  | "not_stun"
  | "closed";

export class StunError extends Error {
  readonly code: StunErrorCode;
  /** The server's error, with code `error_response`. */
  readonly response: ErrorCode | null;

  constructor(code: StunErrorCode, message: string, options: { cause?: unknown; response?: ErrorCode } = {}) {
    super(message, { cause: options.cause });
    this.name = "StunError";
    this.code = code;
    this.response = options.response ?? null;
  }
}
