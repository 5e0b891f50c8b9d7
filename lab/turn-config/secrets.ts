import { KNOWN_OPTIONS } from "./known-options.ts";
import type { ConfigLine } from "./parse-config.ts";

/**
 * Every text of a file that opens something, longest first: values of keys that hold secrets, the password or key alone
 * of a user, and what lines hold that coturn does not know, which may be a misspelt secret.
 */
export function secretsOf(lines: readonly ConfigLine[]): string[] {
  const secrets = lines.flatMap(({ key, value }) => {
    const kind = KNOWN_OPTIONS[key]?.kind;
    if (kind === "user") return [value, value.slice(value.indexOf(":") + 1).trim()];
    return kind === undefined || kind === "secret" || kind === "database" ? [value] : [];
  });
  return [...new Set(secrets)].filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length);
}

/** A password of fewer letters than this is no secret, and masking it would take words out of every message. */
const LEAST_LENGTH = 4;

/** A text in which no secret stands any more. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= LEAST_LENGTH)
    .reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}
