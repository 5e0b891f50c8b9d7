import { type FailureCode, turnFailure } from "../../model/failure.ts";
import { parseIceUrl } from "../../model/ice-url.ts";
import type { Failure } from "../protocol.ts";

/**
 * The failure that an `icecandidateerror` tells (W3C webrtc-pc section 4.8.1.3): a STUN error number as the server sent
 * it, or 701 where no server could be reached. What 701 was is told by the text alone, and only as far as the browser
 * says it (libwebrtc: p2p/base/turn_port.cc, stun_port.cc).
 */
export function describeCandidateError(error: { errorCode: number; errorText: string }, url: string): Failure {
  const { errorCode, errorText } = error;
  const message = `${errorCode} ${errorText || "(the browser says no more)"}`;
  const parsed = parseIceUrl(url);
  const isStun = !("error" in parsed) && parsed.kind === "stun";
  if (errorCode >= 300 && errorCode < 700) return { code: isStun ? "stun_no_answer" : turnFailure(errorCode), message };
  if (/lookup|resolve/i.test(errorText)) return { code: "dns_failed", message };
  return { code: silenceOf(url), message };
}

/** The address family of the port that an error is about, which libwebrtc names with parts of it left out; else null. */
export function familyOfError(address: string | null): 4 | 6 | null {
  if (!address) return null;
  return address.includes(":") ? 6 : 4;
}

/** What it is when a URL's server is not heard. */
export function silenceOf(
  url: string,
): Extract<FailureCode, "stun_no_answer" | "turn_no_answer" | "turn_connect_failed"> {
  const parsed = parseIceUrl(url);
  if ("error" in parsed) return "turn_no_answer";
  if (parsed.kind === "stun") return "stun_no_answer";
  return parsed.transport === "udp" ? "turn_no_answer" : "turn_connect_failed";
}
