import { interpolate } from "./interpolate.ts";
import type { ReadSource } from "./read-compose.ts";
import { serversOf } from "./read-shell-script.ts";
import type { Word } from "./server-source.ts";
import { splitWords } from "./split-words.ts";

/** systemd's words for a dollar sign and for variables (systemd.service(5), "COMMAND LINES"). */
const SYSTEMD = { hasDollarEscape: true, hasCommands: false };

/** A systemd unit: the turnservers that its `ExecStart=` lines start. */
export function readSystemdUnit(file: string, text: string, values: ReadonlyMap<string, string>): ReadSource {
  const settings = unitSettings(text);
  const environment = settings
    .filter(({ key }) => key === "Environment")
    .flatMap(({ value }) => splitWords(value))
    .flatMap(({ text: word }) => {
      const at = word.indexOf("=");
      return at < 1 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const];
    });
  const known = new Map([...environment, ...values]);
  const commands = settings.filter(({ key }) => key === "ExecStart");
  const servers = commands.flatMap(({ value, lineAt }) => {
    const words = splitWords(value).map(({ text: word, start }, index): Word => {
      // Prefixes of the program's path: `@`, `-`, `:`, `+`, `!`.
      const bare = index === 0 ? word.replace(/^[-@:+!]+/, "") : word;
      return { text: interpolate(bare, known, SYSTEMD).text.replaceAll("%%", "%"), line: lineAt(start), isKnown: true };
    });
    return serversOf(file, words, { values: known, container: null });
  });
  if (servers.length > 0) return { servers, faults: [] };
  const found = commands.length === 0 ? "no ExecStart" : "an ExecStart that starts something else";
  return { servers, faults: [{ line: null, expected: "a systemd unit whose ExecStart starts a turnserver", found }] };
}

type Setting = { key: string; value: string; lineAt: (offset: number) => number };

/** `KEY=VALUE` lines, which go on behind a backslash at their end; comments may stand between (systemd.syntax(7)). */
function unitSettings(text: string): Setting[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  const settings: Setting[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const [, key, first] = /^\s*([A-Za-z]+)\s*=\s*(.*)$/.exec(lines[index] ?? "") ?? [];
    if (key === undefined) continue;
    const starts = [{ offset: 0, line: index + 1 }];
    let value = first ?? "";
    while (value.endsWith("\\") && index + 1 < lines.length) {
      index += 1;
      const next = lines[index] ?? "";
      value = value.slice(0, -1);
      if (/^\s*[#;]/.test(next)) {
        value += "\\";
        continue;
      }
      value += " ";
      starts.push({ offset: value.length, line: index + 1 });
      value += next;
    }
    settings.push({
      key,
      value,
      lineAt: (offset) => starts.findLast((start) => start.offset <= offset)?.line ?? index + 1,
    });
  }
  return settings;
}
