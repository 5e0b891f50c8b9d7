import { randomBytes } from "node:crypto";
import { longTermKey as keyOf } from "../stun/integrity.ts";

export { restCredential } from "../stun/rest-credential.ts";

export type Credential = { username: string; password: string };

/** A long-term credential nobody has used before. */
export function freshCredential(): Credential {
  return { username: `lab-${randomBytes(4).toString("hex")}`, password: randomBytes(18).toString("base64url") };
}

/** What coturn's `user=NAME:0xKEY` holds, in hex. */
export function longTermKey({ username, password }: Credential, realm: string): string {
  return keyOf(username, realm, password).toString("hex");
}
