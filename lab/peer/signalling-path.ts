import type { SignallingCounts } from "../model/evidence.ts";
import type { Role, SignallingSpec } from "../model/scenario.ts";
import type { SignalData } from "./protocol.ts";

type SignallingKind = NonNullable<SignallingSpec["drops"]>[number];

/** What an application signals, by what it is to one; null: what only the lab's own ends say to each other. */
const KINDS: Record<SignalData["kind"], SignallingKind | null> = {
  offer: "offer",
  "restart-offer": "offer",
  answer: "answer",
  "restart-answer": "answer",
  candidate: "candidate",
  "end-of-candidates": "candidate",
  silent: null,
  "heard-again": null,
  "first-data": null,
  "first-media": null,
  finished: null,
};

type Direction = {
  /** Application's messages so far. */
  sent: number;
  isLost: () => boolean;
  /** Whether the far end has the last description that this one sent. */
  isDescribed: boolean;
  descriptions: number;
};

/** The signalling channel of one session: what of it comes, and when. */
export class SignallingPath implements Disposable {
  readonly #spec: SignallingSpec;
  readonly #deliver: (from: Role, data: SignalData) => void;
  readonly #directions: Record<Role, Direction>;
  /** Messages under way, and when each was sent. */
  readonly #timers = new Map<NodeJS.Timeout, number>();
  #lost = 0;
  #early = 0;
  #maxDelayMs = 0;

  constructor(session: number, spec: SignallingSpec, deliver: (from: Role, data: SignalData) => void) {
    this.#spec = spec;
    this.#deliver = deliver;
    const direction = (index: number): Direction => {
      return { sent: 0, isLost: losses(spec.loss ?? 0, 2 * session + index), isDescribed: false, descriptions: 0 };
    };
    this.#directions = { offerer: direction(0), answerer: direction(1) };
  }

  get counts(): SignallingCounts {
    const { offerer, answerer } = this.#directions;
    const now = performance.now();
    const underWay = [...this.#timers.values()].map((sentAtMs) => now - sentAtMs);
    return {
      sent: offerer.sent + answerer.sent,
      lost: this.#lost,
      maxDelayMs: Math.max(this.#maxDelayMs, ...underWay),
      early: this.#early,
    };
  }

  send(from: Role, data: SignalData): void {
    const kind = KINDS[data.kind];
    if (kind === null) return this.#deliver(from, data);
    const direction = this.#directions[from];
    direction.sent++;
    const isDescription = kind !== "candidate";
    if (isDescription) {
      direction.descriptions++;
      direction.isDescribed = false;
    }
    // Drawn for each, so that what is lost of the others does not depend on `drops`.
    const isLost = direction.isLost();
    if (isLost || this.#spec.drops?.includes(kind)) {
      this.#lost++;
      return;
    }
    const { delayMs = 0, losesEarlyCandidates = false } = this.#spec;
    if (losesEarlyCandidates && !isDescription) {
      if (direction.isDescribed) this.#deliver(from, data);
      else this.#early++;
      return;
    }
    const which = direction.descriptions;
    this.#after(delayMs, () => {
      if (isDescription && which === direction.descriptions) direction.isDescribed = true;
      this.#deliver(from, data);
    });
  }

  /** Timers of one delay fire in the order that they were set: messages stay in theirs. */
  #after(delayMs: number, step: () => void): void {
    if (delayMs === 0) return step();
    const sentAtMs = performance.now();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#maxDelayMs = Math.max(this.#maxDelayMs, performance.now() - sentAtMs);
      step();
    }, delayMs);
    this.#timers.set(timer, sentAtMs);
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.keys()) clearTimeout(timer);
  }
}

/** A sequence of its own for each direction of each session (mulberry32), the same in every run. */
function losses(loss: number, seed: number): () => boolean {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 < loss;
  };
}
