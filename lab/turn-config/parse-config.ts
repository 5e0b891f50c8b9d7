/** One line of a turnserver.conf that says something. */
export type ConfigLine = {
  /** From 1 on. */
  number: number;
  /** As it stands there, without its end; never to be shown: it may hold a secret. */
  text: string;
  key: string;
  /** Empty where there is none; `isBare` tells that from an empty one. */
  value: string;
  isBare: boolean;
};

/** What coturn's buffer takes of a line (`sbuf`); what is longer becomes a line of its own. */
export const MAX_LINE_BYTES = 1022;

/**
 * turnserver.conf as coturn reads it (4.6.1 to 4.17.0, src/apps/relay/mainrelay.c: `read_config_file`,
 * `parse_arg_string`): a comment is a line that begins with `#`, and there is none behind a value; the key ends at the
 * first blank or `=`, of which any number may follow; a value that begins with a quote loses it, and one at its end.
 */
export function parseConfig(text: string): ConfigLine[] {
  return text.split("\n").flatMap((raw, index) => {
    // C's isspace at the end, blanks and tabs at the beginning.
    const line = raw.replace(/[\s\v\f\r]+$/, "").replace(/^[ \t]+/, "");
    if (line === "" || line.startsWith("#")) return [];
    const [, key = "", separator = "", rest = ""] = /^([^ =\t]*)([ =\t]*)(.*)$/s.exec(line) ?? [];
    return [{ number: index + 1, text: raw, key, value: unquoted(rest), isBare: separator === "" }];
  });
}

function unquoted(value: string): string {
  return value.startsWith('"')
    ? value
        .slice(1)
        .replace(/[ \t\r\n]+$/, "")
        .replace(/"$/, "")
    : value;
}
