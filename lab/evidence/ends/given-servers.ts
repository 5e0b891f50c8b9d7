import type { EndEvidence } from "../../model/evidence.ts";
import { isRecord, textIn } from "./unknown.ts";

export type GivenServer = Omit<NonNullable<EndEvidence["iceServers"]>[number], "at">;

/** W3C RTCIceServer as a dump or a log shows it, without what opens it. Null where it is none. */
export function givenServer(value: unknown): GivenServer | null {
  if (!isRecord(value)) return null;
  const urls = [value.urls ?? value.url].flat().filter((url) => typeof url === "string");
  if (urls.length === 0) return null;
  const username = textIn(value, "username", "userName");
  return {
    urls: urls.map((url) => url.trim()),
    usernameExpiry: username === null ? null : expiryIn(username),
    // Chromium shows none, and makes no peer connection that has TURN without one (W3C webrtc, "set a configuration").
    hasCredential: value.credential !== undefined || urls.some((url) => /^turns?:/i.test(url)),
  };
}

/** The number in a time-limited user name, `TIMESTAMP:user` or `user:TIMESTAMP`, as it stands there. */
export function expiryIn(username: string): number | null {
  const digits = /(?:^|:)(\d{9,14})(?=:|$)/.exec(username)?.[1];
  return digits === undefined ? null : Number(digits);
}
