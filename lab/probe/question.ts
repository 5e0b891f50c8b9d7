import type { ProbeResult } from "../model/probe.ts";
import { deadlineOf, type ProbeLimits } from "./target.ts";

/** A question as data: all of a result that stands before it is asked. */
export type Question = Pick<
  ProbeResult,
  "id" | "group" | "title" | "expected" | "severity" | "reason" | "fix" | "affects" | "option"
>;

/** What came of it. */
export type Told = Pick<ProbeResult, "observed" | "verdict"> &
  Partial<Pick<ProbeResult, "url" | "hasReached" | "why" | "measured" | "durationMs" | "severity" | "fix">>;

export function resultOf(question: Question, told: Told): ProbeResult {
  const { measured, why, url = null, hasReached = null, durationMs = 0, ...rest } = told;
  return {
    ...question,
    ...rest,
    url,
    hasReached,
    durationMs: Math.round(durationMs),
    ...(why === undefined ? {} : { why }),
    ...(measured === undefined ? {} : { measured }),
  };
}

/** A question that could not be asked, and what it lacked. */
export function notAsked(question: Question, url: string | null, why: string): ProbeResult {
  return resultOf(question, { url, observed: "not asked", verdict: "not-asked", why });
}

/** Answers to a fixed list of questions: each gets a result, whatever happens while they are asked. */
export class Sheet<Id extends string> {
  readonly signal: AbortSignal;
  readonly #questions: Readonly<Record<Id, Question>>;
  readonly #url: string | null;
  readonly #results = new Map<Id, ProbeResult>();

  constructor(questions: Readonly<Record<Id, Question>>, url: string | null, signal: AbortSignal) {
    this.#questions = questions;
    this.#url = url;
    this.signal = signal;
  }

  tell(id: Id, told: Told): void {
    this.#results.set(id, resultOf(this.#questions[id], { url: this.#url, ...told }));
  }

  skip(id: Id, why: string): void {
    this.#results.set(id, notAsked(this.#questions[id], this.#url, why));
  }

  has(id: Id): boolean {
    return this.#results.has(id);
  }

  /** In the order of the questions; those without an answer were not asked, for that reason. */
  results(why: string): ProbeResult[] {
    return (Object.keys(this.#questions) as Id[]).map(
      (id) => this.#results.get(id) ?? notAsked(this.#questions[id], this.#url, why),
    );
  }
}

/** Fills a sheet within a time limit. What breaks on the way ends it; the rest of the questions say so. */
export async function fillSheet<Id extends string>(
  questions: Readonly<Record<Id, Question>>,
  url: string | null,
  { groupMs, signal: given }: Pick<ProbeLimits, "groupMs" | "signal">,
  ask: (sheet: Sheet<Id>) => Promise<void>,
): Promise<ProbeResult[]> {
  const signal = deadlineOf({ groupMs, signal: given });
  const sheet = new Sheet(questions, url, signal);
  try {
    await ask(sheet);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (given?.aborted) return sheet.results("interrupted");
    return sheet.results(signal.aborted ? `the time for these questions (${groupMs / 1000} s) was over` : message);
  }
  return sheet.results("an earlier answer left nothing to ask");
}
