import { createHmac } from "node:crypto";
import type { CredentialVariant } from "./model/credential-retry.ts";
import { type Credential, restCredential } from "./turn/credentials.ts";

/** What a server takes, as the lab gave it to it. */
export type ServerKeys = {
  /** Of time-limited credentials; with any, no user of its own opens it. */
  secrets: readonly string[];
  separator?: string;
  /** Its users, with passwords that the lab knows. */
  users: readonly Credential[];
  /** The realm that their stored keys were made for, where that is not its own. */
  keyRealm?: string;
};

/** One credential to present; `keyRealm`: what its key is made for, where that is not the server's realm. */
export type Attempt = Credential & { variant: CredentialVariant; keyRealm?: string };

/** A number of seconds since 1970 that is larger is in the year 5138: it is milliseconds. */
const MILLISECONDS_FROM = 1e11;
const AN_HOUR_S = 3_600;

/**
 * How to ask a server again that refused a credential: as it was, with each single change that could make it right, and with
 * what the server was given. Empty of single changes where more than one thing is wrong with it. Pure.
 */
export function credentialVariants(presented: Credential, keys: ServerKeys, nowS: number): Attempt[] {
  const own = ownCredential(keys, nowS);
  const changed = keys.secrets.length > 0 ? ofTimeLimited(presented, keys, nowS) : ofUser(presented, keys);
  return [
    { variant: "none", ...presented },
    ...changed,
    ...(own ? [{ variant: "own-credential" as const, ...own }] : []),
  ];
}

function ownCredential(keys: ServerKeys, nowS: number): Credential | undefined {
  return keys.secrets.length > 0 ? minted(keys, nowS, "lab") : keys.users[0];
}

function minted({ secrets: [secret = ""], separator }: ServerKeys, nowS: number, userId: string): Credential {
  return restCredential(secret, { userId, expiresAtS: nowS + AN_HOUR_S, ...(separator ? { separator } : {}) });
}

function ofUser({ username, password }: Credential, { users, keyRealm }: ServerKeys): Attempt[] {
  const [first] = users;
  const known = users.find((user) => user.username === username);
  if (known && known.password !== password) return [{ variant: "own-password", ...known }];
  if (known) return keyRealm === undefined ? [] : [{ variant: "other-realm", ...known, keyRealm }];
  if (!first) return [];
  return [{ variant: expiryIn(username) === null ? "own-user" : "fixed-user", ...first }];
}

function ofTimeLimited(presented: Credential, keys: ServerKeys, nowS: number): Attempt[] {
  const { username, password } = presented;
  const found = expiryIn(username);
  if (found === null) return [{ variant: "time-limited", ...minted(keys, nowS, username) }];
  const fitsOneOf = (password: string, passwordOf: (secret: string, name: string) => string[]) =>
    keys.secrets.some((secret) => passwordOf(secret, username).includes(password));
  const withExpiry = (expiresAtS: number): Credential => {
    const renamed = username.replace(found, String(expiresAtS));
    return { username: renamed, password: passwordOf(keys.secrets[0] ?? "", renamed) };
  };
  const expiry = Number(found);
  const inSeconds = expiry > MILLISECONDS_FROM ? Math.floor(expiry / 1000) : expiry;
  if (fitsOneOf(password, (secret, name) => [passwordOf(secret, name)])) {
    if (inSeconds !== expiry && inSeconds > nowS) return [{ variant: "expiry-in-seconds", ...withExpiry(inSeconds) }];
    return expiry < nowS ? [{ variant: "minted-now", ...withExpiry(nowS + AN_HOUR_S) }] : [];
  }
  // With a time that is over as well, no single change opens the server.
  if (expiry < nowS || inSeconds !== expiry) return [];
  const isHashedOtherwise = fitsOneOf(password, otherHashes);
  return [
    {
      variant: isHashedOtherwise ? "sha1-base64" : "own-secret",
      username,
      password: passwordOf(keys.secrets[0] ?? "", username),
    },
  ];
}

function passwordOf(secret: string, username: string): string {
  return createHmac("sha1", secret).update(username).digest("base64");
}

/** What applications make of it instead: another hash, another encoding. */
function otherHashes(secret: string, username: string): string[] {
  const hashed = (["sha1", "sha256", "sha512"] as const).map((hash) =>
    createHmac(hash, secret).update(username).digest(),
  );
  const encoded = hashed.flatMap((digest) =>
    (["base64", "base64url", "hex"] as const).map((as) => digest.toString(as)),
  );
  return encoded.filter((password) => password !== passwordOf(secret, username));
}

/** The Unix time in `TIME:user`, or `user:TIME` (coturn takes both), whatever stands between; null: there is none. */
export function expiryIn(username: string): string | null {
  return /^(\d{9,14})(?!\d)/.exec(username)?.[1] ?? /(?<!\d)(\d{9,14})$/.exec(username)?.[1] ?? null;
}
