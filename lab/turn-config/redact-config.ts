import { KNOWN_OPTIONS } from "./known-options.ts";
import { parseConfig } from "./parse-config.ts";
import { maskSecrets, SECRET_KINDS, secretsOf } from "./secrets.ts";

/** What stands where something was that opens something. */
const MASK = "***";

/**
 * A turnserver.conf as others may read it, line by line as coturn reads it. Of a user its name alone stays, of a secret, a database and
 * an option that nobody knows the key; comments, which may hold last year's password, are left out.
 */
export function redactConfig(text: string): string[] {
  const lines = parseConfig(text);
  const secrets = secretsOf(lines);
  return lines.map(({ key, value, isBare }) => {
    const kind = KNOWN_OPTIONS[key]?.kind;
    if (isBare) return kind === undefined ? MASK : key;
    if (kind === "user") return `${key}=${value.slice(0, Math.max(0, value.indexOf(":")))}:${MASK}`;
    if (kind === undefined || SECRET_KINDS.includes(kind))
      return `${kind === undefined ? maskSecrets(key, secrets) : key}=${MASK}`;
    return `${key}=${maskSecrets(value, secrets)}`;
  });
}
