import { turnFailure } from "../../model/failure.ts";
import type { Failure } from "../protocol.ts";
import { ProxyError } from "./http-connect.ts";

/** What was being done when it went wrong. */
export type Phase = "lookup" | "reach-proxy" | "ask-proxy" | "connect" | "tls" | "request" | "binding";

/** RFC 8489 section 14.8, RFC 8656 section 19, RFC 8445 section 7.3.1.1. */
const NAMES: Record<number, string> = {
  300: "Try Alternate",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  420: "Unknown Attribute",
  437: "Allocation Mismatch",
  438: "Stale Nonce",
  440: "Address Family Not Supported",
  441: "Wrong Credentials",
  442: "Unsupported Transport Protocol",
  443: "Peer Address Family Mismatch",
  486: "Allocation Quota Reached",
  500: "Server Error",
  508: "Insufficient Capacity",
};

/** werift's TransactionFailed is not exported and has an empty message; the server's answer is in `response`. */
export function stunErrorCode(error: unknown): readonly [number, string] | null {
  if (typeof error !== "object" || error === null || !("response" in error)) return null;
  const response = error.response as { getAttributeValue?: (name: string) => unknown } | undefined;
  const value = response?.getAttributeValue?.("ERROR-CODE");
  return Array.isArray(value) && typeof value[0] === "number" ? [value[0], String(value[1] ?? "")] : null;
}

/** Names an error by the phase it happened in: a failure code, and a message with the number and name or Node's code. */
export function describeIceServerError(error: unknown, phase: Phase): Failure {
  const answer = stunErrorCode(error);
  if (answer) {
    const [number, reason] = answer;
    return { code: turnFailure(number), message: `${number} ${NAMES[number] ?? reason.trim()}`.trim() };
  }
  if (error instanceof ProxyError) return { code: error.code, message: error.message };
  const nodeCode = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  const detail = nodeCode ?? (error instanceof Error && error.message !== "" ? error.message : "timed out");
  if (phase === "lookup") return { code: "dns_failed", message: `the name does not resolve (${detail})` };
  if (phase === "reach-proxy") {
    return { code: "proxy_failed", message: `TCP connection to the proxy failed (${detail})` };
  }
  if (phase === "ask-proxy") return { code: "proxy_failed", message: `the proxy did not answer CONNECT (${detail})` };
  if (phase === "connect") return { code: "turn_connect_failed", message: `TCP connection failed (${detail})` };
  // A handshake that nobody answers says nothing about the certificate.
  if (phase === "tls" && !detail.startsWith("timed out")) {
    return { code: "turn_tls_failed", message: `TLS handshake failed (${detail})` };
  }
  if (phase === "tls") return { code: "turn_no_answer", message: `no answer to the TLS handshake (${detail})` };
  if (phase === "binding") return { code: "stun_no_answer", message: `no answer (${detail})` };
  return { code: "turn_no_answer", message: `no answer (${detail})` };
}
