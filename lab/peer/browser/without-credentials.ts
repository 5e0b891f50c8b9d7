/** So short a text stands in words that open nothing: it is masked only where it stands by itself. */
const LEAST_LENGTH = 4;

/** A dump in which none of these passwords stands any more, neither as it is nor as JSON or HTML write it. */
export function withoutCredentials(text: string, credentials: Iterable<string>): string {
  const all = [...credentials].filter((credential) => credential !== "");
  const forms = all.filter(({ length }) => length >= LEAST_LENGTH).flatMap(formsOf);
  // Longest first: one may be part of another.
  const longestFirst = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  const masked = longestFirst.reduce((left, form) => left.replaceAll(form, "***"), text);
  return all.filter(({ length }) => length < LEAST_LENGTH).reduce(withoutShort, masked);
}

/**
 * As the value of a password's own field, in JSON or in JSON inside of JSON: elsewhere nobody could tell it from the "udp" of
 * a candidate.
 */
function withoutShort(text: string, credential: string): string {
  const values = [...new Set(formsOf(credential))].map(literally).join("|");
  return text.replace(
    new RegExp(`((?:credential|password)\\\\*"\\s*:\\s*\\\\*")(?:${values})(?=\\\\*")`, "gi"),
    "$1***",
  );
}

/** Chromium's dump has JSON inside of JSON. */
function formsOf(credential: string): string[] {
  const inJson = [escaped(credential), withUnicode(credential)];
  const inHtml = credential.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [credential, ...inJson, ...inJson.map(escaped), inHtml, inHtml.replaceAll('"', "&quot;")];
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Chromium's JSON has `<` and the two line ends of JavaScript as \uXXXX (base/json/string_escape.cc). */
function withUnicode(text: string): string {
  return escaped(text).replaceAll(/[<\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `\\u${code}`;
  });
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
