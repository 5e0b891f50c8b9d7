import type { CheckedPair, TimelineStep } from "../../model/timeline.ts";
import { refOf } from "../course/timeline.ts";
import { candidateOf, type SelectedPair, type Stats } from "./stats.ts";

type Check = "check-sent" | "check-answered" | "check-failed";

const STATES: readonly string[] = [
  "frozen",
  "waiting",
  "in-progress",
  "succeeded",
  "failed",
] satisfies CheckedPair["state"][];

const ASKED: readonly CheckedPair["state"][] = ["in-progress", "succeeded", "failed"];

/**
 * The checks of a browser, as its statistics tell of them: no event says that one was sent or answered, so a step's time is
 * when it was seen first.
 */
export class CheckSteps {
  readonly #onStep: (step: TimelineStep, atMs?: number) => void;
  readonly #told = new Set<string>();
  /** Every pair that was ever seen: an engine forgets those it gives up. */
  readonly #pairs = new Map<string, CheckedPair>();
  #selectedId: string | null = null;

  constructor(onStep: (step: TimelineStep, atMs?: number) => void) {
    this.#onStep = onStep;
  }

  /** Takes a snapshot of getStats(). */
  see(stats: readonly Stats[]): void {
    const byId = new Map(stats.map((s) => [s.id, s]));
    for (const pair of stats) {
      if (pair.type !== "candidate-pair") continue;
      const local = byId.get(String(pair.localCandidateId));
      const remote = byId.get(String(pair.remoteCandidateId));
      if (local && remote) this.#see(pair, local, remote);
    }
  }

  onSelected({ pair, local, remote }: SelectedPair, isRestart: boolean, atMs: number): void {
    if (this.#selectedId === pair.id) return;
    this.#selectedId = pair.id;
    const [from, to] = [refOf(candidateOf(local)), refOf(candidateOf(remote))];
    this.#onStep({ step: "selected", local: from, remote: to, isRestart }, atMs);
  }

  /** `givenUrl`: a URL as it was given, from how the browser says it. */
  pairs(givenUrl: (url: string) => string | null): CheckedPair[] {
    return [...this.#pairs.values()].map((pair) => {
      const { url, ...local } = pair.local;
      const given = url === undefined ? null : givenUrl(url);
      return { ...pair, local: given === null ? local : { ...local, url: given } };
    });
  }

  #see(pair: Stats, local: Stats, remote: Stats): void {
    const { url, ...described } = candidateOf(local);
    const [from, to] = [refOf(described), refOf(candidateOf(remote))];
    const seen: CheckedPair = {
      local: { ...from, ...(url === undefined ? {} : { url }) },
      remote: to,
      state: stateOf(pair.state),
      isNominated: pair.nominated === true,
      checksSent: countOf(pair.requestsSent),
      answersReceived: countOf(pair.responsesReceived),
      checksReceived: countOf(pair.requestsReceived),
    };
    this.#pairs.set(pair.id, seen);
    const tell = (step: Check) => {
      const key = `${step} ${pair.id}`;
      if (this.#told.has(key)) return;
      this.#told.add(key);
      this.#onStep({ step, local: from, remote: to });
    };
    // Firefox counts answers and no checks; a pair that is in progress has been asked.
    const isAsked = seen.checksSent === null ? ASKED.includes(seen.state) : seen.checksSent > 0;
    if (isAsked) tell("check-sent");
    if ((seen.answersReceived ?? 0) > 0) tell("check-answered");
    if (seen.state === "failed") tell("check-failed");
  }
}

function stateOf(state: unknown): CheckedPair["state"] {
  // Firefox also says "cancelled": another pair was nominated before this one was asked to its end.
  return STATES.includes(String(state)) ? (state as CheckedPair["state"]) : "waiting";
}

function countOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
