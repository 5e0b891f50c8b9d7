import { readUser } from "./read-value.ts";
import type { Settings } from "./settings.ts";

/** What opens the server that a file describes (coturn: src/apps/relay/userdb.c, `get_user_key`). */
export type CredentialSource =
  | { kind: "user"; username: string; password: string }
  /** Time-limited credentials: any of several secrets opens it (draft-uberti-behave-turn-rest-00). */
  | { kind: "secret"; secret: string; separator: string }
  /** Users, but of none of them a password that a peer could present. */
  | { kind: "hashed"; line: number }
  /** It asks for credentials, and the file has none. */
  | { kind: "missing"; what: "user"; line: number | null }
  | { kind: "missing"; what: "secret"; separator: string; line: number | null }
  /** It asks nobody for anything. */
  | { kind: "open" };

/** A secret switches users off, whatever `lt-cred-mech` says; users switch `lt-cred-mech` on. */
export function readCredential(settings: Settings): CredentialSource {
  const [secret] = settings.valuesOf("static-auth-secret");
  const separator = settings.textOf("rest-api-separator")?.at(0) ?? ":";
  if (secret !== undefined) return { kind: "secret", secret, separator };
  if (settings.isOn("use-auth-secret")) {
    return { kind: "missing", what: "secret", separator, line: settings.lineOf("use-auth-secret")?.number ?? null };
  }
  if (settings.isOn("no-auth")) return { kind: "open" };
  // Of two lines for one name the last counts, as in coturn's map of accounts.
  const users = new Map(
    settings.linesOf("user").flatMap(({ value, number }) => {
      const user = readUser(value);
      return user ? [[user.username, { ...user, line: number }] as const] : [];
    }),
  );
  for (const { username, password } of users.values()) {
    if (password !== null) return { kind: "user", username, password };
  }
  const [hashed] = users.values();
  if (hashed) return { kind: "hashed", line: hashed.line };
  if (!settings.isOn("lt-cred-mech")) return { kind: "open" };
  return { kind: "missing", what: "user", line: settings.lineOf("lt-cred-mech")?.number ?? null };
}
