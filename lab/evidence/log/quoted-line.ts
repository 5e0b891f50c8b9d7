/** A line as evidence may quote it: short, without its time, and without what opens anything. */
export const quotedLine = (line: string): string =>
  line
    .trim()
    .replace(/^[[\d:.,TZ\]\s+-]+/, "")
    .replaceAll(
      /\b(credential|password|user_?name|ice-pwd|secret|token)(["']?\s*[:=]\s*)(?:"[^"]*"|'[^']*'|[^\s"',}]+)/gi,
      "$1$2***",
    )
    .slice(0, 200);
