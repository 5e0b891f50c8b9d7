import { createHmac, randomBytes } from "node:crypto";
import type { CredentialFlaw } from "../model/topology.ts";
import { type Credential, restCredential } from "./credentials.ts";

const HOUR_S = 3_600;
const DAY_S = 86_400;

/** Whoever mints it, and when; without a secret the server has a user of its own, `credential`. */
type Right = {
  credential: Credential;
  secret?: string | undefined;
  userId: string;
  separator?: string | undefined;
  nowMs: number;
};

const fresh = () => randomBytes(18).toString("base64url");

/** What an application presents that does one thing wrong, and all else right. @throws Error for a flaw that the server's kind cannot have */
export function flawedCredential(flaw: CredentialFlaw, right: Right): Credential {
  const { credential, secret, userId, nowMs } = right;
  const separator = right.separator ?? ":";
  const nowS = Math.floor(nowMs / 1000);
  const minted = (by: string, expiresAtS = nowS + DAY_S) => restCredential(by, { userId, expiresAtS, separator });
  if (flaw === "unknown-user") return { username: `nobody-${userId}`, password: fresh() };
  if (flaw === "wrong-password")
    return { username: secret === undefined ? credential.username : minted(secret).username, password: fresh() };
  if (flaw === "time-limited") {
    if (secret !== undefined) throw new Error(`${flaw} is no flaw where credentials are minted`);
    return minted(fresh());
  }
  if (secret === undefined) throw new Error(`${flaw} is no flaw of a server with a user of its own`);
  const signed = (username: string, hash: "sha1" | "sha256", encoding: "base64" | "hex") => ({
    username,
    password: createHmac(hash, secret).update(username).digest(encoding),
  });
  switch (flaw) {
    case "expired":
      return minted(secret, nowS - HOUR_S);
    case "milliseconds":
      return minted(secret, expiryInMs(nowMs));
    case "wrong-secret":
      return minted(fresh());
    case "sha256":
      return signed(minted(secret).username, "sha256", "base64");
    case "hex":
      return signed(minted(secret).username, "sha1", "hex");
    case "fixed-user":
      return signed(userId, "sha1", "base64");
  }
}

/**
 * A day from now or some more, in milliseconds. coturn keeps 32 bits of the number (src/apps/relay/userdb.c, turn_time_t), so
 * that in some weeks of every seven it takes one for a second yet to come; of the days this is the first that it never does.
 */
function expiryInMs(nowMs: number): number {
  const nowS = Math.floor(nowMs / 1000);
  let days = 1;
  while ((nowMs + days * DAY_S * 1000) % 2 ** 32 >= nowS) days += 1;
  return nowMs + days * DAY_S * 1000;
}
