import type { EndDraft } from "../ends/draft.ts";
import { urlErrorIn } from "../ends/url-error.ts";
import { objectAt } from "./object-at.ts";

/** icecandidateerror events: as an object, or as a line that names the event, a code and a URL. */
export function addErrors(draft: EndDraft, lines: readonly string[], file: string): void {
  const seen = new Set<string>();
  for (const [index, line] of lines.entries()) {
    const at = { file, line: index + 1 };
    if (/error_?code["']?\s*[:=]/i.test(line)) {
      // Several on one line, as a list without line breaks has them.
      const objects = line.match(/\{[^{}]*error_?code[^{}]*\}/gi) ?? [objectAt(lines, index)];
      for (const object of objects) {
        const error = urlErrorIn(object, null);
        if (error) draft.urlError(error, at);
      }
      continue;
    }
    if (!/ice[\s_-]?candidate[\s_-]?error/i.test(line)) continue;
    const code = /\b(701|600|[3-5]\d\d)\b(?![:.]\d)/.exec(line.replaceAll(/\b(?:stun|turn)s?:\S+/gi, ""))?.[1];
    if (code === undefined) continue;
    const url = /\b((?:stun|turn)s?:[^\s"'`,)\]}]+)/i.exec(line)?.[1] ?? null;
    const text = line.trim().slice(0, 200);
    if (seen.has(text)) continue;
    seen.add(text);
    draft.urlError(
      { url, errorCode: Number(code), text: withoutTime(text), code: null, hostCandidate: null, atMs: null },
      at,
    );
  }
}

const withoutTime = (text: string) => text.replace(/^[[\d:.,TZ\]\s+-]+/, "");
