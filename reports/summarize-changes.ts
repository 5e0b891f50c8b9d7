import type { EventOf, SessionFinished } from "../lab/model/events.ts";
import { METRICS } from "../lab/model/metrics.ts";
import type { Change } from "../lab/model/scenario.ts";
import { DEFAULT_TRAFFIC } from "../lab/model/scenario.ts";
import type { Aftermath, ScenarioSummary } from "../lab/model/summary.ts";
import { statistics } from "../lab/statistics/statistics.ts";
import type { Silence } from "./collect-silences.ts";
import { collectSilences } from "./collect-silences.ts";

/** The last message before a silence came before the change that made it: an interval earlier at most, and clocks differ. */
const SLACK_MS = 250;

type Sessions = { started: readonly EventOf<"session_started">[]; finished: readonly SessionFinished[] };
/** A finished session and when it had set out, in Unix ms. */
type Course = { session: SessionFinished; startedAt: number };

/** Every change that the scenario has, when it was made and what came after; null where it was not made. */
export function summarizeChanges(
  planned: readonly Change[],
  events: readonly EventOf<"lab_changed">[],
  sessions: Sessions,
  messagesPerSecond: number = DEFAULT_TRAFFIC.messagesPerSecond,
): ScenarioSummary["changes"] {
  const slackMs = SLACK_MS + 1_000 / messagesPerSecond;
  const starts = new Map(sessions.started.map(({ session, at }) => [session, at]));
  const courses = sessions.finished.map((session) => ({
    session,
    startedAt: starts.get(session.session) ?? session.at,
  }));
  const silences = collectSilences(sessions.finished);
  const times = events.map(beginOf).sort((a, b) => a - b);
  const losses = events.filter(({ change }) => !bringsBack(change)).map(beginOf);
  const made = [...events];
  return planned.map((change) => {
    const text = JSON.stringify(change);
    const index = made.findIndex((event) => JSON.stringify(event.change) === text);
    const [event] = index < 0 ? [] : made.splice(index, 1);
    if (!event) return { change, atMs: null, aftermath: null };
    const from = beginOf(event);
    // Changes that come together have one aftermath.
    const until = times.find((time) => time > from + slackMs) ?? Number.POSITIVE_INFINITY;
    const nextLoss = Math.min(...losses.filter((time) => time > from + slackMs));
    const span = { from, until, lossUntil: bringsBack(change) ? from : nextLoss, slackMs };
    return { change, atMs: event.atMs, aftermath: aftermathOf(span, courses, silences) };
  });
}

/** A server that comes back takes nothing from anybody: what ends badly after it does so because of what was before. */
function bringsBack(change: Change): boolean {
  return "becomes" in change && change.becomes === "restored";
}

function beginOf({ at, durationMs = 0 }: EventOf<"lab_changed">): number {
  return at - durationMs;
}

/** `lossUntil`: what ended badly before, without a word of silence, is put down to this change. */
type Span = { from: number; until: number; lossUntil: number; slackMs: number };

function aftermathOf(
  { from, until, lossUntil, slackMs }: Span,
  courses: readonly Course[],
  all: readonly Silence[],
): Aftermath {
  const underWay = courses.filter(({ session, startedAt }) => startedAt <= from && session.at >= from);
  const silencesOf = ({ session }: Course) =>
    all.filter((s) => s.session === session.session && s.at >= from - slackMs && s.at < until - slackMs);
  const hit = underWay.filter((course) => {
    const { session } = course;
    const isLost = session.at < lossUntil && (session.dropped || session.outcome === "failed");
    return silencesOf(course).length > 0 || (isLost && !session.recoveries?.some(({ isSilence }) => isSilence));
  });
  const silences = hit.map(silencesOf);
  const times = silences
    .flat()
    .flatMap(({ recoveredAfterMs }) => (recoveredAfterMs === null ? [] : [recoveredAfterMs]));
  const connectedAt = courses.flatMap(({ session: { outcome, timings }, startedAt }) =>
    startedAt > from && outcome === "connected" && timings.connect_time !== null
      ? [startedAt + timings.connect_time]
      : [],
  );
  return {
    underWay: underWay.length,
    hit: hit.length,
    recovered: silences.filter((own) => own.length > 0 && own.every((s) => s.recoveredAfterMs !== null)).length,
    recoveryTime: statistics(times, METRICS.recovery_time.unit),
    nextConnectedAfterMs: connectedAt.length === 0 ? null : Math.min(...connectedAt) - from,
  };
}
