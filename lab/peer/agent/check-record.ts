import type { Candidate, CandidatePair } from "werift";
import type { CandidateRef, CheckedPair, TimelineStep } from "../../model/timeline.ts";
import { PAIR_STATE } from "./werift-internals.ts";

type Counts = { sent: number; answered: number; received: number; hasFailed: boolean; stateAtEnd: number | null };

const STATES = ["frozen", "waiting", "in-progress", "succeeded", "failed"] as const;

/** What the checks of one ICE generation came to, pair by pair. Checks for consent, after the selection, are not counted. */
export class CheckRecord {
  readonly #counts = new WeakMap<CandidatePair, Counts>();
  readonly #onStep: (step: TimelineStep) => void;

  constructor(onStep: (step: TimelineStep) => void) {
    this.#onStep = onStep;
  }

  /** A check left, for the first time or again. */
  onSent(pair: CandidatePair): void {
    if (this.#of(pair).sent++ === 0) this.#tell("check-sent", pair);
  }

  onReceived(pair: CandidatePair): void {
    this.#of(pair).received++;
  }

  /** A check of the pair has come to its end, as its state says. */
  onComplete(pair: CandidatePair): void {
    const counts = this.#of(pair);
    if (counts.stateAtEnd !== null) return;
    if (pair.state === PAIR_STATE.succeeded && counts.answered++ === 0) this.#tell("check-answered", pair);
    if (pair.state === PAIR_STATE.failed && !counts.hasFailed) {
      counts.hasFailed = true;
      this.#tell("check-failed", pair);
    }
  }

  /** Its checks are ended from here: what they had come to by then is what counts, not that they were ended. */
  onCancelled(pair: CandidatePair): void {
    this.#of(pair).stateAtEnd ??= pair.state;
  }

  describe(pair: CandidatePair, url: string | undefined, isNominated: boolean): CheckedPair {
    const { sent, answered, received, stateAtEnd } = this.#of(pair);
    return {
      local: { ...refOf(pair.localCandidate), ...(url === undefined ? {} : { url }) },
      remote: refOf(pair.remoteCandidate),
      state: STATES[stateAtEnd ?? pair.state] ?? "frozen",
      isNominated,
      checksSent: sent,
      answersReceived: answered,
      checksReceived: received,
    };
  }

  #of(pair: CandidatePair): Counts {
    const known = this.#counts.get(pair);
    if (known) return known;
    const counts: Counts = { sent: 0, answered: 0, received: 0, hasFailed: false, stateAtEnd: null };
    this.#counts.set(pair, counts);
    return counts;
  }

  #tell(step: "check-sent" | "check-answered" | "check-failed", pair: CandidatePair): void {
    this.#onStep({ step, local: refOf(pair.localCandidate), remote: refOf(pair.remoteCandidate) });
  }
}

function refOf({ type, host, port }: Candidate): CandidateRef {
  return { type: type as CandidateRef["type"], address: host, port };
}
