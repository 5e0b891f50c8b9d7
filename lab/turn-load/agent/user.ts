import { hash } from "node:crypto";
import { restCredential } from "../../stun/rest-credential.ts";
import type { ClientCredentials } from "../protocol.ts";

/** Who signs a client's requests. Its key is made when a server has said its realm, which one that never answers does not. */
export class User {
  /** Its bytes, which are UTF-8, as characters (latin1). Not prepared (RFC 8265). */
  readonly username: string;
  readonly #password: string;
  /** As bytes, too. */
  #realm = "";
  #key = "";

  constructor({ username, password }: { username: string; password: string }) {
    this.username = Buffer.from(username, "utf8").toString("latin1");
    this.#password = password;
  }

  get realm(): string {
    return this.#realm;
  }

  /** The 16 bytes of RFC 8489 section 9.2.2, as characters; empty before the first challenge. */
  get key(): string {
    return this.#key;
  }

  /** As the server's 401 says it, byte by byte. */
  useRealm(realm: string): void {
    if (realm === this.#realm) return;
    this.#realm = realm;
    const text = (latin1: string) => Buffer.from(latin1, "latin1").toString("utf8");
    this.#key = hash("md5", `${text(this.username)}:${text(realm)}:${this.#password}`, "binary");
  }
}

/** Who a VU's client is; the far one of two is a user beside it. */
export type UserOf = (vu: number, isFar: boolean) => User;

/** Minting takes 2 µs of CPU, and an allocation 56. */
export function usersOf(credentials: ClientCredentials): UserOf {
  if (credentials.kind === "shared") {
    const user = new User(credentials);
    return () => user;
  }
  const { secret, separator, ttlSeconds } = credentials;
  return (vu, isFar) => {
    const expiresAtS = Math.floor(Date.now() / 1_000) + ttlSeconds;
    return new User(restCredential(secret, { userId: `vu${vu}${isFar ? "-far" : ""}`, expiresAtS, separator }));
  };
}
