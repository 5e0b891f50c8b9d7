import type { EndDraft } from "../ends/draft.ts";

const STATE = "new|checking|connecting|connected|completed|disconnected|failed|closed";
/** Between two states of one line: `disconnected -> failed`, also where the arrow was damaged by an encoding. */
const NEXT = "[\\s`'\"*]{0,4}(?:->|=>|→|>|â†’|to|then|,)[\\s`'\"*]{0,4}";
const LIST = `[\\s:=\`'"*(\\[]{0,8}(?:(?:changed?|is|now|to|state|event)\\b[\\s:=\`'"*]{0,4}){0,4}((?:${STATE})\\b(?:${NEXT}(?:${STATE})\\b)*)`;
const ICE = new RegExp(
  `(?:\\bice[\\s_-]*(?:connection)?[\\s_-]*state(?:[\\s_-]*changed?)?|(?:on)?iceconnectionstate(?:changed?)?|\\bice(?: connection)?)["'\`]?${LIST}`,
  "gi",
);
const CONNECTION = new RegExp(
  `(?<!ice[\\s_-]?)(?:\\b(?:peer|webrtc|rtc)?[\\s_-]*connection[\\s_-]*state(?:[\\s_-]*changed?)?|(?<![a-z])(?:on)?connectionstate(?:changed?)?)["'\`]?${LIST}`,
  "gi",
);
const GATHERING =
  /ice[\s_-]*gathering[\s_-]*state(?:[\s_-]*changed?)?["'`]?[\s:=`'"*]{0,8}(?:(?:is|to|now)\s)?(new|gathering|complete)\b/i;
const TIMED_OUT = /\bice(?: connection)?[\s:]*(?:attempt )?(?:timed out|timeout)\b/i;
/** Headings of what ought to happen, in notes that somebody wrote. */
const WISHES = /\b(?:expected|criteria|after (?:the )?fix|should|goal|verification|how to test)\b/i;
/** RFC 3339, with the zone: else it is nobody's time. */
const TIME = /\b(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d))/;

/** States in the words of a log, with the time where lines begin with one. */
export function addStates(draft: EndDraft, lines: readonly string[], file: string): void {
  let isWished = false;
  for (const [index, line] of lines.entries()) {
    if (/^\s*#{1,6}\s/.test(line)) isWished = WISHES.test(line);
    if (isWished) continue;
    const at = { file, line: index + 1 };
    const time = Date.parse(TIME.exec(line)?.[1]?.replace(",", ".") ?? "");
    if (!Number.isNaN(time)) draft.end.startedAt ??= time;
    const atMs = Number.isNaN(time) || draft.end.startedAt === null ? null : time - draft.end.startedAt;
    // "connected or completed" is what should be, not what was.
    for (const match of line.matchAll(ICE))
      if (!isWish(line, match)) for (const state of statesIn(match[1])) draft.iceState(state, atMs, at);
    for (const match of line.matchAll(CONNECTION))
      if (!isWish(line, match)) for (const state of statesIn(match[1])) draft.connectionState(state, atMs, at);
    const gathering = GATHERING.exec(line)?.[1]?.toLowerCase();
    if (gathering) draft.end.isGatheringComplete = gathering === "complete";
    if (TIMED_OUT.test(line)) draft.end.failure ??= { code: "session_timeout", message: line.trim().slice(0, 200) };
  }
}

const statesIn = (text = ""): string[] =>
  (text.toLowerCase().match(new RegExp(`\\b(?:${STATE})\\b`, "g")) ?? []).filter((state) => state !== "new");

const isWish = (line: string, match: RegExpMatchArray): boolean => {
  const after = line.slice((match.index ?? 0) + match[0].length);
  return (
    /^[\s`'"*]*(?:or|\/|\|)[\s`'"*]/.test(after) ||
    /\b(?:look for|expect\w*|should|must|===?|if)\b/i.test(line.slice(0, match.index))
  );
};
