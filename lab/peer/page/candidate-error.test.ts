import { expect, it } from "vitest";
import { describeCandidateError, familyOfError } from "./candidate-error.ts";

const UDP = "turn:turn.lab.test:3478?transport=udp";
const TCP = "turn:turn.lab.test:3478?transport=tcp";
const TLS = "turns:turn.lab.test:5349";
const STUN = "stun:turn.lab.test:3478";

/** What Chromium 156 and Firefox 153 said in the lab; Firefox has no texts. */
const SAID = [
  [UDP, 401, "Unauthorized.", "turn_unauthorized"],
  [TCP, 486, "TURN allocate error.", "turn_quota_reached"],
  [UDP, 701, "TURN allocate request timed out.", "turn_no_answer"],
  [UDP, 701, "TURN host lookup received error.", "dns_failed"],
  [STUN, 701, "STUN host lookup received error.", "dns_failed"],
  [STUN, 701, "STUN binding request timed out.", "stun_no_answer"],
  [TCP, 701, "Failed to establish connection", "turn_connect_failed"],
  [TLS, 701, "Failed to establish connection", "turn_connect_failed"],
  [TLS, 401, "", "turn_unauthorized"],
  [UDP, 701, "", "turn_no_answer"],
  [TLS, 701, "", "turn_connect_failed"],
  [STUN, 701, "", "stun_no_answer"],
] as const;

it.for(SAID)("%s: %d %s is %s", ([url, errorCode, errorText, code]) => {
  const failure = describeCandidateError({ errorCode, errorText }, url);
  expect(failure).toEqual({ code, message: `${errorCode} ${errorText || "(the browser says no more)"}` });
});

it("tells the family of the port that an error is about", () => {
  expect(["0.0.0.x", "192.168.1.x", "[2001:8b0:4000:x:x:x:x:x]", "", null].map(familyOfError)).toEqual([
    4,
    4,
    6,
    null,
    null,
  ]);
});
