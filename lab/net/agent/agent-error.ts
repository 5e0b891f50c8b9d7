import type { FailureCode } from "../../model/failure.ts";
import { turnFailure } from "../../model/failure.ts";
import type { TurnTransport } from "../../model/ice.ts";
import type { StunErrorCode } from "../../stun/stun-error.ts";
import { StunError } from "../../stun/stun-error.ts";

export type AgentErrorCode =
  | FailureCode
  /** Not a command, or not one of this agent's. */
  | "bad_command"
  /** A command that needs another one before it. */
  | "not_ready"
  /** The reflector does not answer. */
  | "no_answer"
  /** Somebody answered, or refused, where nobody should. */
  | "not_silent"
  /** An address or port cannot be bound. */
  | "bind_failed";

/** A failure that the harness is told by its code. */
export class AgentError extends Error {
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "AgentError";
    this.code = code;
  }
}

const FAILURE_BY_CODE: Record<Exclude<StunErrorCode, "error_response">, FailureCode> = {
  timeout: "turn_no_answer",
  closed: "turn_connect_failed",
  connection_failed: "turn_connect_failed",
  certificate_rejected: "turn_tls_failed",
  tls_failed: "turn_tls_failed",
  unauthenticated_response: "turn_error",
  incomplete_response: "turn_error",
  not_stun: "turn_error",
};

/** The failure code under which the lab reports what went wrong at a TURN server. */
export function turnAgentError(error: unknown, transport: TurnTransport): unknown {
  if (!(error instanceof StunError)) return error;
  if (error.code === "error_response") {
    return new AgentError(turnFailure(error.response?.number ?? 0), error.message, { cause: error });
  }
  // Over UDP there is no connection to fail: an ICMP error says that nothing listens.
  const isIcmp = transport === "udp" && error.code === "connection_failed";
  return new AgentError(isIcmp ? "turn_no_answer" : FAILURE_BY_CODE[error.code], error.message, { cause: error });
}
