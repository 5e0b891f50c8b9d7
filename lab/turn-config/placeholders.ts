import type { ConfigLine } from "./parse-config.ts";

/**
 * What stands in a template for something to be filled in: `<NAME>`, `${NAME}`, `{{ NAME }}`, `__NAME__`, a value that is
 * `$NAME` as a whole, and words in capitals that say what to do (`YOUR_VM_EXTERNAL_IP`, `GENERATE_STRONG_PASSWORD`, `CHANGE_ME`).
 */
export type Placeholder = {
  name: string;
  /** As it stands in the file. */
  text: string;
  line: number;
  key: string;
  /** It stands where only a secret can: the lab may make one up. */
  isSecret: boolean;
};

const VERBS = "YOUR|GENERATE|GENERATED|CHANGE|REPLACE|INSERT|ENTER|FILL";
const PLACEHOLDER = new RegExp(
  [
    "<([A-Za-z][\\w .-]*)>",
    "\\$\\{([A-Za-z_]\\w*)\\}",
    "\\{\\{ *([A-Za-z_][\\w.]*) *\\}\\}",
    "(?<![A-Za-z0-9])__([A-Za-z][A-Za-z0-9_]*?)__(?![A-Za-z0-9_])",
    "(?<=^|[:/])\\$([A-Z_][A-Z0-9_]*)(?=$|[:/])",
    `(?<![A-Za-z0-9_])((?:${VERBS})_[A-Z0-9_]+|CHANGEME)(?![A-Za-z0-9_])`,
  ].join("|"),
  "g",
);

/** Keys whose whole value is a secret. */
const SECRET_KEYS: readonly string[] = ["static-auth-secret", "cli-password", "pkey-pwd", "stateless-nonce-secret"];

/** Every placeholder in values; what stands in comments is not meant. */
export function findPlaceholders(lines: readonly ConfigLine[]): Placeholder[] {
  return lines.flatMap(({ number, key, value }) =>
    [...value.matchAll(PLACEHOLDER)].map((match) => ({
      name: nameOf(match),
      text: match[0],
      line: number,
      key,
      isSecret: isSecretPlace(key, value, match),
    })),
  );
}

/** A password is what follows the first colon of `user`, a secret the whole value of a key that holds one. */
function isSecretPlace(key: string, value: string, match: RegExpExecArray | RegExpMatchArray): boolean {
  if (SECRET_KEYS.includes(key)) return match[0] === value;
  return key === "user" && value.indexOf(":") !== -1 && value.slice(value.indexOf(":") + 1) === match[0];
}

function nameOf(match: RegExpMatchArray): string {
  return match.slice(1).find((group) => group !== undefined) ?? "";
}

/** The text with each placeholder replaced that `values` has; comments and everything else stay byte for byte. */
export function fillPlaceholders(
  text: string,
  lines: readonly ConfigLine[],
  values: ReadonlyMap<string, string>,
): string {
  const withValue = new Set(lines.map(({ number }) => number));
  return text
    .split("\n")
    .map((line, index) => {
      if (!withValue.has(index + 1)) return line;
      // The value begins where the key's separator does: a key is no place for one.
      const at = /^[ \t]*[^ =\t]*[ =\t"]*/.exec(line)?.[0].length ?? 0;
      const end = line.trimEnd().length;
      const value = line.slice(at, end);
      return `${line.slice(0, at)}${fillValue(value, values)}${line.slice(end)}`;
    })
    .join("\n");
}

function fillValue(value: string, values: ReadonlyMap<string, string>): string {
  return value.replace(PLACEHOLDER, (whole, ...groups: unknown[]) => {
    const name = groups.find((group): group is string => typeof group === "string") ?? "";
    return values.get(name) ?? whole;
  });
}
