import { nearest } from "../model/nearest.ts";
import type { OptionKind } from "./config-option.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import type { ConfigLine } from "./parse-config.ts";
import { readExternal, readRange } from "./read-value.ts";

/**
 * Every text of a file that opens something, longest first: values of keys that hold secrets, the password or key alone
 * of a user, and what lines hold that coturn does not know, which may be a misspelt secret.
 */
export function secretsOf(lines: readonly ConfigLine[]): string[] {
  const secrets = lines.flatMap(({ key, value }) => {
    const kind = KNOWN_OPTIONS[key]?.kind;
    if (kind === "user") return [value, value.slice(value.indexOf(":") + 1).trim()];
    if (kind === undefined) return isPlainUnder(nearest(key, Object.keys(KNOWN_OPTIONS)), value) ? [] : [value];
    return SECRET_KINDS.includes(kind) ? [value] : [];
  });
  return [...new Set(secrets)].filter((secret) => secret !== "").toSorted((a, b) => b.length - a.length);
}

/** Kinds of options whose values open something. */
export const SECRET_KINDS: readonly OptionKind[] = ["user", "secret", "database"];

/** Whether a value under a key that is nearly this option is none that opens anything: a number, an address, a name, a path. */
export function isPlainUnder(option: string | undefined, value: string): boolean {
  const kind = option === undefined ? undefined : KNOWN_OPTIONS[option]?.kind;
  if (kind === undefined || SECRET_KINDS.includes(kind)) return false;
  const isName = /^(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,24}$/.test(value);
  const isPath = /^(\/[\w.-]+)+$/.test(value);
  return /^\d{1,9}$/.test(value) || isName || isPath || readRange(value) !== null || readExternal(value) !== null;
}

/** A password of fewer letters than this is no secret, and masking it would take words out of every message. */
const LEAST_LENGTH = 4;

/** A text in which no secret stands any more. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= LEAST_LENGTH)
    .reduce((masked, secret) => masked.replaceAll(secret, "***"), text);
}
