const MAX_LINES = 40;

/** The text of the innermost braces around a line, as a console or a JSON prints an object; else the line itself. */
export function objectAt(lines: readonly string[], index: number): string {
  const line = lines[index] ?? "";
  if (/\{.*\}/.test(line)) return line;
  let from = index;
  for (let depth = 0, back = 0; back < MAX_LINES && from >= 0; back++, from--) {
    const text = lines[from] ?? "";
    if (from !== index) depth += count(text, "}");
    const opens = count(text, "{");
    if (opens > depth) break;
    depth -= opens;
    if (back === MAX_LINES - 1) return line;
  }
  if (from < 0) return line;
  const found: string[] = [];
  for (let depth = 0, at = from; at < lines.length && at - from < MAX_LINES; at++) {
    const text = lines[at] ?? "";
    found.push(text);
    depth += count(text, "{") - count(text, "}");
    if (depth <= 0) return found.join("\n");
  }
  return line;
}

const count = (text: string, char: string): number => text.split(char).length - 1;

/** `name: value` of the object around a line, quoted or not. */
export function fieldsIn(lines: readonly string[], index: number): Partial<Record<string, string>> {
  const fields: Partial<Record<string, string>> = {};
  for (const match of objectAt(lines, index).matchAll(
    /["']?\b([a-z]\w*)["']?\s*[:=]\s*(?:"([^"]*)"|'([^']*)'|([^\s,}"']+))/gi,
  ))
    fields[match[1] ?? ""] ??= match[2] ?? match[3] ?? match[4] ?? "";
  return fields;
}
