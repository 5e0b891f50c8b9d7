/** A password of fewer letters than this is no secret, and masking it would take words out of everything. */
const LEAST_LENGTH = 4;

/** A dump in which none of these passwords stands any more, neither as it is nor as JSON or HTML write it. */
export function withoutCredentials(text: string, credentials: Iterable<string>): string {
  const forms = [...credentials].filter(({ length }) => length >= LEAST_LENGTH).flatMap(formsOf);
  // Longest first: one may be part of another.
  const all = [...new Set(forms)].toSorted((a, b) => b.length - a.length);
  return all.reduce((masked, form) => masked.replaceAll(form, "***"), text);
}

/** Chromium's dump has JSON inside of JSON. */
function formsOf(credential: string): string[] {
  const inJson = escaped(credential);
  const inHtml = credential.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return [credential, inJson, escaped(inJson), inHtml, inHtml.replaceAll('"', "&quot;")];
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
