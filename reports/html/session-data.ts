import { gunzipSync, gzipSync } from "node:zlib";
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

type Brief = Pick<ShownSession, "n" | "outcome" | "cell" | "connect">;
const SESSIONS_PER_CHUNK = 25;

/**
 * As the page carries it, a line of gzip in base64 each: what the pickers list, then sessions by twenty-five. A thousand timelines are
 * ten megabytes, and whoever picks one must not wait for all of them to be read.
 */
export function packSessions(byScenario: Readonly<Record<string, ShownSession[]>>): string {
  const chunks: ShownSession[][] = [];
  const briefs = Object.entries(byScenario).map(([scenario, sessions]) => {
    const listed: (Brief & { chunk: number })[] = [];
    for (let from = 0; from < sessions.length; from += SESSIONS_PER_CHUNK) {
      const some = sessions.slice(from, from + SESSIONS_PER_CHUNK);
      chunks.push(some);
      listed.push(
        ...some.map(({ n, outcome, cell, connect }) => ({ n, outcome, cell, connect, chunk: chunks.length })),
      );
    }
    return [scenario, listed];
  });
  const pack = (value: unknown) => gzipSync(JSON.stringify(value), { level: 9 }).toString("base64");
  return [Object.fromEntries(briefs), ...chunks].map(pack).join("\n");
}

/** What a page carries, by scenario; for whoever reads it without a browser. */
export function unpackSessions(packed: string): Record<string, ShownSession[]> {
  const [briefs, ...chunks] = packed
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(gunzipSync(Buffer.from(line, "base64")).toString()));
  return Object.fromEntries(
    Object.entries(briefs as Record<string, (Brief & { chunk: number })[]>).map(([scenario, listed]) => [
      scenario,
      [...new Set(listed.map(({ chunk }) => chunk))].flatMap((chunk) => chunks[chunk - 1] as ShownSession[]),
    ]),
  );
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
