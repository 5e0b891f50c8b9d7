import { createHmac } from "node:crypto";

/**
 * A time-limited credential (draft-uberti-behave-turn-rest-00 section 2.2; coturn: src/apps/relay/userdb.c): the user name
 * begins with the Unix second at which it expires, the password is base64(HMAC-SHA1(secret, user name)). `separator`:
 * coturn's rest-api-separator.
 */
export function restCredential(
  secret: string,
  { userId, expiresAtS, separator = ":" }: { userId: string; expiresAtS: number; separator?: string },
): { username: string; password: string } {
  const username = `${expiresAtS}${separator}${userId}`;
  return { username, password: createHmac("sha1", secret).update(username).digest("base64") };
}
