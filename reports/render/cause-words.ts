import type { Diagnosis, Reason } from "../../lab/model/diagnosis.ts";
import type { Source } from "../../lab/model/evidence.ts";
import { FAILURES, type FailureCode, LEGS } from "../../lab/model/failure.ts";
import type { ScenarioSummary } from "../../lab/model/summary.ts";
import { oneLine, plural } from "./format.ts";

/** One cause of a scenario's failures, by the first session that was diagnosed with it. */
export type Cause = {
  code: FailureCode;
  /** `4 sessions`. */
  count: string;
  confidence: Diagnosis["confidence"];
  /** Where on the way it broke. */
  leg: string;
  session: number;
  summary: string;
  /** What speaks for it, each with its source, and how many more there are. */
  because: string[];
  more: number;
  unknown: string[];
  change: string;
};

/** The causes behind a scenario's failures, the most frequent first. A grid's are those of cells that must not be. */
export function listCauses(scenario: ScenarioSummary, maxReasons: number): Cause[] {
  const { examples, causes, cells } = scenario;
  const found = new Map<FailureCode, { session: number; diagnosis: Diagnosis; seen: number }>();
  for (const { session, diagnosis } of examples) {
    if (!diagnosis) continue;
    const known = found.get(diagnosis.code);
    if (known) known.seen += 1;
    else found.set(diagnosis.code, { session, diagnosis, seen: 1 });
  }
  return [...found.values()]
    .map(({ session, diagnosis, seen }) => ({
      session,
      diagnosis,
      times: cells ? seen : (causes[diagnosis.code] ?? seen),
    }))
    .sort((a, b) => b.times - a.times)
    .map(({ session, diagnosis: { code, leg, confidence, summary, because, unknown }, times }) => {
      const reasons = [...new Set(because.map(describeReason))];
      return {
        code,
        count: plural(times, "session"),
        confidence,
        leg: LEGS[leg],
        session,
        summary: oneLine(summary),
        because: reasons.slice(0, maxReasons),
        more: Math.max(0, reasons.length - maxReasons),
        unknown: unknown.map(oneLine),
        change: FAILURES[code].change,
      };
    });
}

/** Of sessions of which some have a cause, how many have none; empty where all have, or nobody looked. */
export function describeUndiagnosed({ sessions, causes, cells }: ScenarioSummary): string {
  const diagnosed = Object.values(causes).reduce((sum, count) => sum + count, 0);
  const rest = sessions.failed + sessions.dropped - diagnosed;
  if (cells || diagnosed === 0 || rest <= 0) return "";
  return `of ${plural(rest, "session")} no cause could be concluded`;
}

function describeReason({ text, at }: Reason): string {
  return oneLine(at === null ? `${text} (the lab)` : `${text} (${describeSource(at)})`);
}

/** `logs/x.turn.log:90`; of a JSON the path in it, of a capture the frame. */
function describeSource({ file, line, path, frame }: Source): string {
  if (line !== undefined) return `${file}:${line}`;
  if (frame !== undefined) return `${file} frame ${frame}`;
  return path === undefined ? file : `${file} ${path}`;
}
