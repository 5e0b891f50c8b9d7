/**
 * Whose way of writing a line is in: 4.5.2 to 4.6.1 (`48: : text`), 4.6.2 to 4.16 (`48: (28): INFO: text`), from 4.17 on
 * (`2026-11-21T01:54:31.242+0000 INFO text`), and before 4.5.2 (`48: text`).
 */
export type LineStyle = "4.5" | "4.6" | "4.6.2" | "4.17";

/** One line of a log without what wraps it. */
export type LogLine = {
  /** Of a log that several containers write: `turn_1`. */
  container: string | null;
  /** Null: a continuation, or what another program wrote. */
  style: LineStyle | null;
  level: "debug" | "info" | "warning" | "error" | null;
  /** Unix ms; null where the line has no date. */
  loggedAt: number | null;
  text: string;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' colours begin with ESC.
const ANSI = /\u001b\[[0-9;?]*[A-Za-z]/g;
/** `turn_1  | `, as docker compose writes. */
const COMPOSE = /^([\w.-]{1,80})\s+\|\s?/;
const ISO = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?`;
const LEVEL = "DEBUG|INFO|CONTROL|WARNING|ERROR";
/** The place in coturn's own source that `log-file-line` adds. */
const PLACE = String.raw`(?:\S+\(\d+\):? ?)?`;
const SINCE_4_17 = new RegExp(`(${ISO}) ${PLACE}(${LEVEL}) `);
const SINCE_4_6_2 = new RegExp(String.raw`: \(\d+\): ${PLACE}(${LEVEL}): `);
const SINCE_4_5_2 = /: : (?:(ERROR): )?/;
/** journald and syslog: `Nov 21 01:54:31 host turnserver[12]: `. */
const SYSLOG = /^.{0,120}?\b(?:turnserver|coturn)(?:\[\d+\])?: /;
const BEFORE_4_5_2 = /^\d+: (?:(ERROR): )?(?=\S)/;
const ANY_ISO = new RegExp(ISO);

/** How far into a line its wrapping may reach. */
const WRAPPING = 200;
/** coturn's own lines are at most 1024 long. */
const MAX_TEXT = 2048;
const MAX_WRAPPED = 16 * 1024;

/** Takes off journald's, syslog's, docker's and compose's prefixes, colours, and coturn's own time and level. */
export function readLine(raw: string): LogLine {
  const { text, loggedAt: wrappedAt } = unpack(raw.slice(0, MAX_WRAPPED));
  const unpacked = text.slice(0, MAX_TEXT);
  const plain = (unpacked.includes("\u001b") ? unpacked.replace(ANSI, "") : unpacked).replace(/[\r\n]+$/, "");
  const compose = COMPOSE.exec(plain);
  const line = compose ? plain.slice(compose[0].length) : plain;
  const found = head(line);
  const prefix = found ? line.slice(0, found.end) : line.slice(0, WRAPPING);
  const iso = found ? ANY_ISO.exec(prefix)?.[0] : undefined;
  const syslog = found ? null : SYSLOG.exec(line);
  return {
    container: compose?.[1] ?? null,
    style: found?.style ?? null,
    level: found?.level ?? null,
    loggedAt: (iso === undefined ? null : timeOf(iso)) ?? wrappedAt,
    // `turnserver: unrecognized option` is written by getopt and no syslog's.
    text: found ? line.slice(found.end) : syslog && syslog[0].length > 13 ? line.slice(syslog[0].length) : line,
  };
}

type Head = { style: LineStyle; level: LogLine["level"]; end: number };

function head(line: string): Head | null {
  const start = line.slice(0, WRAPPING);
  const is = (match: RegExpExecArray, style: LineStyle, level: string | undefined): Head => ({
    style,
    level: level === undefined ? null : (level.toLowerCase().replace("control", "info") as LogLine["level"]),
    end: match.index + match[0].length,
  });
  const newest = SINCE_4_17.exec(start);
  if (newest) return is(newest, "4.17", newest[2]);
  const middle = SINCE_4_6_2.exec(start);
  if (middle) return is(middle, "4.6.2", middle[1]);
  const old = SINCE_4_5_2.exec(start);
  if (old) return is(old, "4.6", old[1]);
  const tag = SYSLOG.exec(start);
  const offset = tag?.[0].length ?? 0;
  const oldest = BEFORE_4_5_2.exec(start.slice(offset));
  if (!oldest) return null;
  return { ...is(oldest, "4.5", oldest[1]), end: offset + oldest[0].length };
}

/** Docker's json-file driver has `log` and `time`, journalctl's JSON `MESSAGE` and `__REALTIME_TIMESTAMP` in µs. */
function unpack(raw: string): { text: string; loggedAt: number | null } {
  if (!raw.startsWith("{")) return { text: raw, loggedAt: null };
  try {
    const entry: Record<string, unknown> = JSON.parse(raw);
    const text = entry.log ?? entry.MESSAGE ?? entry.message ?? entry.msg;
    if (typeof text !== "string") return { text: raw, loggedAt: null };
    const micros = Number(entry.__REALTIME_TIMESTAMP);
    const loggedAt = typeof entry.time === "string" ? timeOf(entry.time) : micros > 0 ? micros / 1000 : null;
    return { text, loggedAt };
  } catch {
    return { text: raw, loggedAt: null };
  }
}

function timeOf(text: string): number | null {
  const at = Date.parse(
    text
      .replace(" ", "T")
      .replace(",", ".")
      .replace(/([+-]\d\d)(\d\d)$/, "$1:$2"),
  );
  return Number.isNaN(at) ? null : at;
}
