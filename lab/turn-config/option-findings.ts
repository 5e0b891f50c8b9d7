import { didYouMean } from "../model/nearest.ts";
import type { ConfigOption } from "./config-option.ts";
import { type Finding, shown } from "./finding.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { type ConfigLine, MAX_LINE_BYTES } from "./parse-config.ts";
import { type At, valueFindings } from "./value-findings.ts";
import { isKnownTo, LAB_COTURN_VERSION, versionsOf } from "./version.ts";

/** Everything that one line has wrong by itself; `version`: of the coturn that will read it, null where nobody knows. */
export function optionFindings(line: ConfigLine, version: string | null): Finding[] {
  const at = (severity: Finding["severity"], expected: string, found: string, hint?: string): Finding => ({
    severity,
    line: line.number,
    expected,
    found,
    ...(hint === undefined ? {} : { hint }),
  });
  if (Buffer.byteLength(line.text) > MAX_LINE_BYTES) {
    return [
      at(
        "fault",
        `a line of at most ${MAX_LINE_BYTES} bytes: coturn takes the rest for a line of its own`,
        `${Buffer.byteLength(line.text)} bytes`,
      ),
    ];
  }
  if (line.text.includes("\0")) return [at("fault", "text", "a NUL byte")];
  const option = Object.hasOwn(KNOWN_OPTIONS, line.key) ? KNOWN_OPTIONS[line.key] : undefined;
  if (!option) return [unknownKey(line, at)];
  return [...versionFindings(line.key, option, version, at), ...valueFindings(line, option, at)];
}

/** What a file that was read for a coturn of unknown version means to one whose version has become known. */
export function findingsOfVersion(lines: readonly ConfigLine[], version: string): Finding[] {
  const anyVersion = new Set(
    lines.flatMap((line) => optionFindings(line, null)).map((finding) => JSON.stringify(finding)),
  );
  const own = lines.flatMap((line) => optionFindings(line, version));
  return own.filter((finding) => !anyVersion.has(JSON.stringify(finding)));
}

/** coturn writes one line about it into its log and goes on without. */
function unknownKey({ key }: ConfigLine, at: At): Finding {
  const expected = "an option of coturn";
  // What is no key may be half of a password.
  if (!/^[-\w.]{1,48}:?$/.test(key)) return at("fault", expected, "a line that does not begin with one");
  const bare = key.replace(/^-+|:$/g, "");
  const short = Object.entries(KNOWN_OPTIONS).find(([, option]) => option.short === bare)?.[0];
  const { hint } =
    short === undefined
      ? didYouMean(bare, Object.keys(KNOWN_OPTIONS))
      : { hint: `Write "${short}": the file knows no short forms.` };
  return at("fault", expected, shown(key), hint ?? "coturn would ignore the line.");
}

function versionFindings(key: string, option: ConfigOption, version: string | null, at: At): Finding[] {
  const { deprecated, needsBuild, isOperation } = option;
  if (needsBuild && version === LAB_COTURN_VERSION) {
    return [
      at(
        "warning",
        "an option of the coturn that runs",
        shown(key),
        `Debian's package is built without ${needsBuild} and ignores the line.`,
      ),
    ];
  }
  if (!isKnownTo(option, version)) {
    const hint = `${versionsOf(option)} knows it; ${version} ignores the line. Run the version that you deploy with --turn-image.`;
    return [at(isOperation ? "warning" : "fault", `an option that coturn ${version} knows`, shown(key), hint)];
  }
  const isDeprecated =
    deprecated && version !== null && !isKnownTo({ kind: option.kind, until: deprecated.since }, version);
  if (!isDeprecated) return [];
  const instead = deprecated.instead === undefined ? "" : ` Write "${deprecated.instead}".`;
  return [
    at(
      "warning",
      "an option that does something",
      shown(key),
      `It has no effect since coturn ${deprecated.since}.${instead}`,
    ),
  ];
}
