import type { FailureCode } from "./failure.ts";

/**
 * What the lab changes of a refused credential when it asks the same server again, one thing at a time, and what it means
 * when the server takes it then. Null: nothing for itself. A variant is tried only where it changes nothing else.
 */
export const CREDENTIAL_VARIANTS = {
  none: { changed: "nothing but the port it is asked from", means: null },
  "own-credential": { changed: "all of it, to what the server was given", means: null },
  "own-password": {
    changed: "the password, to the one that the server has for this user",
    means: "turn_wrong_password",
  },
  "own-user": { changed: "the user, to one that the server knows", means: "turn_unknown_user" },
  "other-realm": {
    changed: "the realm that the key is made for, to that of the stored key",
    means: "turn_wrong_realm",
  },
  "expiry-in-seconds": {
    changed: "the expiry, from milliseconds to seconds",
    means: "turn_credential_milliseconds",
  },
  "minted-now": { changed: "the expiry, to an hour from now", means: "turn_credential_expired" },
  "own-secret": { changed: "the secret that the password is made with, to the server's", means: "turn_wrong_secret" },
  "sha1-base64": { changed: "the hash, to HMAC-SHA1 in base64", means: "turn_wrong_hash" },
  "time-limited": { changed: "its kind, from a fixed user to a time-limited one", means: "turn_credential_mode" },
  "fixed-user": { changed: "its kind, from a time-limited one to a fixed user", means: "turn_credential_mode" },
} as const satisfies Record<string, { changed: string; means: FailureCode | null }>;

export type CredentialVariant = keyof typeof CREDENTIAL_VARIANTS;

export type CredentialRetry = {
  server: string;
  variant: CredentialVariant;
  /** STUN's error number, or `none`: no answer. A success was given back at once. */
  outcome: "success" | number | "none";
};
