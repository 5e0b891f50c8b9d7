/** Text with variables filled in; `isKnown` is false where a command's output stands in it. */
export type Interpolated = { text: string; isKnown: boolean };

type Dialect = {
  /** `$$` is a dollar sign (Compose, systemd). */
  hasDollarEscape: boolean;
  /** `$(…)` and backticks are commands (a shell). */
  hasCommands: boolean;
};

export const COMPOSE: Dialect = { hasDollarEscape: true, hasCommands: false };
export const SHELL: Dialect = { hasDollarEscape: false, hasCommands: true };

const MAX_DEPTH = 8;

/**
 * `$NAME`, `${NAME}`, and with `:-`, `-`, `:?`, `?`, `:+` and `+` (POSIX 2.6.2; Docker Compose's interpolation). A name
 * that has no value stays `${NAME}`, which is a placeholder to whoever reads on.
 */
export function interpolate(
  text: string,
  values: ReadonlyMap<string, string>,
  dialect: Dialect,
  depth = 0,
): Interpolated {
  let result = "";
  let isKnown = true;
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const name = /^\$([A-Za-z_]\w*)/.exec(rest);
    const command = dialect.hasCommands ? /^\$\(|^`/.exec(rest) : null;
    if (dialect.hasDollarEscape && rest.startsWith("$$")) {
      result += "$";
      at += 2;
    } else if (command) {
      const end = command[0] === "`" ? endOfBackticks(text, at) : closing(text, at + 2, "(", ")");
      const inside = text.slice(at + command[0].length, end).trim();
      // The folder that it is started in, which is taken for the file's own.
      if (inside === "pwd") result += ".";
      else isKnown = false;
      at = end + 1;
    } else if (rest.startsWith("${") && depth < MAX_DEPTH) {
      const end = closing(text, at + 2, "{", "}");
      const filled = parameter(text.slice(at + 2, end), values, dialect, depth);
      result += filled.text;
      isKnown &&= filled.isKnown;
      at = end + 1;
    } else if (name) {
      result += given(name[1] ?? "", values) ?? `\${${name[1]}}`;
      at += name[0].length;
    } else {
      result += text[at];
      at += 1;
    }
  }
  return { text: result, isKnown };
}

function parameter(inside: string, values: ReadonlyMap<string, string>, dialect: Dialect, depth: number): Interpolated {
  const match = /^([A-Za-z_]\w*)(?:(:?)([-?+])(.*))?$/s.exec(inside);
  if (!match) return { text: "", isKnown: false };
  const [, name = "", colon = "", operator, word = ""] = match;
  const value = given(name, values);
  const isSet = value !== undefined && !(colon === ":" && value === "");
  const other = () => interpolate(word, values, dialect, depth + 1);
  if (operator === "-" && !isSet) return other();
  if (operator === "+") return isSet ? other() : { text: "", isKnown: true };
  return { text: isSet ? value : operator === undefined && value !== undefined ? value : `\${${name}}`, isKnown: true };
}

function given(name: string, values: ReadonlyMap<string, string>): string | undefined {
  return values.get(name) ?? (name === "PWD" ? "." : undefined);
}

/** Where what was opened ends; the text's end where it does not. */
function closing(text: string, from: number, opening: string, end: string): number {
  let depth = 1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === opening) depth += 1;
    else if (text[at] === end) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return text.length;
}

function endOfBackticks(text: string, at: number): number {
  const end = text.indexOf("`", at + 1);
  return end === -1 ? text.length : end;
}
