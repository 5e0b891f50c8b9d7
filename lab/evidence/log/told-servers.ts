import type { EndDraft } from "../ends/draft.ts";
import { expiryIn } from "../ends/given-servers.ts";
import { objectAt } from "./object-at.ts";

const URLS = /["']?\burls?["']?\s*[:=]\s*(\[[^\]]*\]|["'`][^"'`]*["'`]|(?:stun|turn)s?:[^\s,}]+)/gi;
const URL = /\b(?:stun|turn)s?:[^\s"'`,)\]}]+/gi;

/** Lists of iceServers that the log prints: URLs, whether there was a credential, and when a user name expires. Nothing else. */
export function addServers(draft: EndDraft, lines: readonly string[], file: string): void {
  const found: NonNullable<typeof draft.end.iceServers> = [];
  for (const [index, line] of lines.entries()) {
    for (const match of line.matchAll(URLS)) {
      const list = (match[1] ?? "").startsWith("[") || match[1] !== "[" ? (match[1] ?? "") : "";
      const urls = list.match(URL) ?? [];
      if (urls.length === 0) continue;
      const object = objectOf(line, match.index) ?? objectAt(lines, index);
      // An event or a candidate has a URL as well.
      if (/error_?code|candidate["']?\s*:|\btyp (host|srflx|relay)/i.test(object)) continue;
      add(object, urls, index);
    }
    // `urls: [` with the URLs on the lines below.
    if (/["']?\burls?["']?\s*[:=]\s*\[\s*$/.test(line)) {
      const object = objectAt(lines, index);
      const urls = /urls?["']?\s*[:=]\s*(\[[^\]]*\])/i.exec(object)?.[1]?.match(URL) ?? [];
      if (urls.length > 0) add(object, urls, index);
    }
  }
  if (found.length > 0) draft.end.iceServers = found;

  function add(object: string, urls: readonly string[], index: number): void {
    const username = /user_?name["']?\s*[:=]\s*["'`]?([^"'`,\s}]+)/i.exec(object)?.[1];
    const hasCredential = /\b(credential|password)["']?\s*[:=]/i.test(object);
    const isKnown = found.some((one) => one.urls.join() === urls.join());
    if (isKnown) return;
    const usernameExpiry = username === undefined ? null : expiryIn(username);
    found.push({ urls: [...urls], usernameExpiry, hasCredential, at: { file, line: index + 1 } });
  }
}

/** The braces around a place of a line that holds several; null where they go on beyond it. */
function objectOf(line: string, at: number): string | null {
  const from = line.lastIndexOf("{", at);
  const to = line.indexOf("}", at);
  return from < 0 || to < 0 ? null : line.slice(from, to + 1);
}
