import { createHmac, randomBytes } from "node:crypto";
import { longTermKey as keyOf } from "../stun/integrity.ts";

export type Credential = { username: string; password: string };

/** A long-term credential nobody has used before. */
export function freshCredential(): Credential {
  return { username: `lab-${randomBytes(4).toString("hex")}`, password: randomBytes(18).toString("base64url") };
}

/** What coturn's `user=NAME:0xKEY` holds, in hex. */
export function longTermKey({ username, password }: Credential, realm: string): string {
  return keyOf(username, realm, password).toString("hex");
}

/**
 * A time-limited credential (draft-uberti-behave-turn-rest-00 section 2.2; coturn: src/apps/relay/userdb.c): the user name
 * begins with the Unix second at which it expires, the password is base64(HMAC-SHA1(secret, user name)). `separator`:
 * coturn's rest-api-separator.
 */
export function restCredential(
  secret: string,
  { userId, expiresAtS, separator = ":" }: { userId: string; expiresAtS: number; separator?: string },
): Credential {
  const username = `${expiresAtS}${separator}${userId}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}
