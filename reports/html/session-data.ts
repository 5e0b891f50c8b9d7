import { gzipSync } from "node:zlib";
import type { RunEvent, SessionFinished } from "../../lab/model/events.ts";
import { FAILURES } from "../../lab/model/failure.ts";
import { describeRef, describeStep, mergeSteps } from "../describe-timeline.ts";
import { oneLine } from "../render/format.ts";
import { type StagesOf, stagesOfSession } from "./session-stages.ts";

/** What the page's script shows of one session; times in ms from its start. */
export type ShownSession = {
  n: number;
  /** `connected`, `failed`, `dropped`; and what was wrong beside. */
  outcome: string;
  isBad: boolean;
  cell: string;
  path: string;
  pair: string;
  connect: number | null;
  /** Why it failed: in words, with what speaks for it and what to change. */
  why: string[];
  stages: StagesOf[];
  /** Time, end, step, words. */
  steps: [number, string, string, string][];
  /** End, local, remote, state, checks sent, answers. */
  pairs: (string | number | null)[][];
};

/** Sessions in the order in which they are worth a look: failed ones first. */
export function shownSessions(events: readonly RunEvent[]): ShownSession[] {
  const timelines = Map.groupBy(
    events.filter((event) => event.type === "session_timeline"),
    ({ session }) => session,
  );
  return events
    .filter((event) => event.type === "session_finished")
    .map((session): ShownSession => {
      const own = timelines.get(session.session) ?? [];
      return {
        n: session.session,
        outcome: outcomeOf(session),
        isBad: isBad(session),
        cell: session.cell ? `${session.cell.row} × ${session.cell.column}` : "",
        path: session.path ?? "",
        pair: session.pair ?? "",
        connect: rounded(session.timings.connect_time),
        why: whyOf(session),
        stages: stagesOfSession(session, own),
        steps: mergeSteps(own).map(({ role, entry }) => [
          rounded(entry.atMs) ?? 0,
          role,
          entry.step,
          oneLine(describeStep(entry)),
        ]),
        pairs: own.flatMap(({ role, pairs }) =>
          pairs.map((pair) => [
            role,
            describeRef(pair.local),
            describeRef(pair.remote),
            `${pair.state}${pair.isNominated ? ", nominated" : ""}`,
            pair.checksSent,
            pair.answersReceived,
          ]),
        ),
      };
    })
    .sort((a, b) => Number(b.isBad) - Number(a.isBad) || a.n - b.n);
}

/** As the page carries it: compressed, since a thousand timelines are ten megabytes. */
export function packSessions(byScenario: Readonly<Record<string, ShownSession[]>>): string {
  return gzipSync(JSON.stringify(byScenario), { level: 9 }).toString("base64");
}

const isBad = (session: SessionFinished) =>
  session.outcome === "failed" || session.dropped || session.violations.length > 0;

function outcomeOf({ outcome, dropped, failure, violations }: SessionFinished): string {
  const codes = [...(failure ? [failure.code] : []), ...violations.map(({ code }) => code)];
  return `${dropped ? "dropped" : outcome}${codes.length > 0 ? `: ${codes.join(", ")}` : ""}`;
}

function whyOf({ failure, diagnosis, violations }: SessionFinished): string[] {
  return [
    ...(diagnosis
      ? [
          `${diagnosis.code} (${diagnosis.confidence}): ${diagnosis.summary}`,
          ...diagnosis.because.map(({ text }) => `seen: ${text}`),
          ...diagnosis.unknown.map((unknown) => `not known: ${unknown}`),
          `to change: ${FAILURES[diagnosis.code].change}`,
        ]
      : []),
    ...(failure ? [`${failure.code}: ${failure.message}`] : []),
    ...violations.map(({ code, message }) => `${code}: ${message}`),
  ].map(oneLine);
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}
