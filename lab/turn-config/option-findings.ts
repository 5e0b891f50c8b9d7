import { didYouMean, nearest } from "../model/nearest.ts";
import type { ConfigOption } from "./config-option.ts";
import { type Finding, shown } from "./finding.ts";
import { KNOWN_OPTIONS } from "./known-options.ts";
import { type ConfigLine, MAX_LINE_BYTES } from "./parse-config.ts";
import { isPlainUnder } from "./secrets.ts";
import { type At, valueFindings } from "./value-findings.ts";
import { isKnownTo, LAB_COTURN_VERSION, versionsOf } from "./version.ts";

/** Everything that one line has wrong by itself; `version`: of the coturn that will read it, null where nobody knows. */
export function optionFindings(line: ConfigLine, version: string | null): Finding[] {
  const at: At = (rule, severity, expected, found, hint, fix) => ({
    rule,
    severity,
    line: line.number,
    expected,
    found,
    ...(hint === undefined ? {} : { hint }),
    ...(fix === undefined ? {} : { fix }),
  });
  if (Buffer.byteLength(line.text) > MAX_LINE_BYTES) {
    return [
      at(
        "line-too-long",
        "fault",
        `a line of at most ${MAX_LINE_BYTES} bytes: coturn takes the rest for a line of its own`,
        `${Buffer.byteLength(line.text)} bytes`,
      ),
    ];
  }
  if (line.text.includes("\0")) return [at("nul-byte", "fault", "text", "a NUL byte")];
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
function unknownKey({ key, value }: ConfigLine, at: At): Finding {
  const expected = "an option of coturn";
  // What is no key may be half of a password.
  if (!/^[-\w.]{1,48}:?$/.test(key))
    return at("unknown-option", "fault", expected, "a line that does not begin with one");
  const bare = key.replace(/^-+|:$/g, "");
  const short = Object.entries(KNOWN_OPTIONS).find(([, option]) => option.short === bare)?.[0];
  const { hint } =
    short === undefined
      ? didYouMean(bare, Object.keys(KNOWN_OPTIONS))
      : { hint: `Write "${short}": the file knows no short forms.` };
  const fix = meantLine(short ?? nearest(bare, Object.keys(KNOWN_OPTIONS)), value);
  return at("unknown-option", "fault", expected, shown(key), hint ?? "coturn would ignore the line.", fix);
}

/** The line with the option that was meant. Its value is shown only where it cannot be a secret that fell under a wrong name. */
function meantLine(option: string | undefined, value: string): string | undefined {
  const kind = option === undefined ? undefined : KNOWN_OPTIONS[option]?.kind;
  if (kind === undefined) return undefined;
  if (value === "") return option;
  return `${option}=${isPlainUnder(option, value) ? value : "…"}`;
}

function versionFindings(key: string, option: ConfigOption, version: string | null, at: At): Finding[] {
  const { deprecated, needsBuild, isOperation } = option;
  if (needsBuild && version === LAB_COTURN_VERSION) {
    return [
      at(
        "option-not-built-in",
        "warning",
        "an option of the coturn that runs",
        shown(key),
        `Debian's package is built without ${needsBuild} and ignores the line.`,
      ),
    ];
  }
  if (!isKnownTo(option, version)) {
    const hint = `${versionsOf(option)} knows it; ${version} ignores the line. Run the version that you deploy with --turn-image.`;
    return [
      at(
        "option-of-other-version",
        isOperation ? "warning" : "fault",
        `an option that coturn ${version} knows`,
        shown(key),
        hint,
      ),
    ];
  }
  const isDeprecated =
    deprecated && version !== null && !isKnownTo({ kind: option.kind, until: deprecated.since }, version);
  if (!isDeprecated) return [];
  const instead = deprecated.instead === undefined ? "" : ` Write "${deprecated.instead}".`;
  const [expected, what] = deprecated.isTaken
    ? ["an option that will stay", `coturn calls it deprecated since ${deprecated.since}.`]
    : ["an option that does something", `It has no effect since coturn ${deprecated.since}.`];
  return [at("deprecated-option", "warning", expected, shown(key), `${what}${instead}`)];
}
