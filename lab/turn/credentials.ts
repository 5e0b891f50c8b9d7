import { createHash, randomBytes } from "node:crypto";

export type Credential = { username: string; password: string };

/** A long-term credential nobody has used before. */
export function freshCredential(): Credential {
  return { username: `lab-${randomBytes(4).toString("hex")}`, password: randomBytes(18).toString("base64url") };
}

/** MD5(username ":" realm ":" password), RFC 8489 section 9.2.2; what coturn's `user=NAME:0xKEY` holds. */
export function longTermKey({ username, password }: Credential, realm: string): string {
  return createHash("md5").update(`${username}:${realm}:${password}`).digest("hex");
}
