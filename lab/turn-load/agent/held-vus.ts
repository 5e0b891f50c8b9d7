/** How often VUs that are missing set out, in a batch of what is due. */
const TURN_MS = 5;

/** What a life of a held VU needs; `begin` gives its number. */
type Lives = { begin(vu: number, dueAtMs: number): number; leave(life: number): void; now(): number };

/**
 * k6's externally-controlled executor for VUs that each hold one life: as many as were last asked for. Each of the missing sets
 * out once; what fails, or ends by itself, is missing for the next time that is asked.
 */
export class HeldVus {
  readonly #lives: Lives;
  /** Lives that have set out and are not over, oldest first. */
  readonly #there = new Set<number>();
  /** Which VU each life is of until it is over, and numbers that were used before; VUs count from 1. */
  readonly #vus = new Map<number, number>();
  readonly #free: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(lives: Lives) {
    this.#lives = lives;
  }

  hold(vus: number, perSecond: number): void {
    clearInterval(this.#timer);
    const surplus = this.#there.size - vus;
    if (surplus > 0) for (const life of [...this.#there].slice(-surplus)) this.#leave(life);
    const missing = -surplus;
    if (missing <= 0 || perSecond <= 0) return;
    const startedAtMs = this.#lives.now();
    let begun = 0;
    const beginDue = () => {
      const due = Math.min(missing, Math.floor(((this.#lives.now() - startedAtMs) / 1_000) * perSecond) + 1);
      for (; begun < due; begun += 1) this.#begin(startedAtMs + (begun / perSecond) * 1_000);
      if (begun === missing) clearInterval(this.#timer);
    };
    this.#timer = setInterval(beginDue, TURN_MS);
    beginDue();
  }

  over(life: number): void {
    this.#there.delete(life);
    const vu = this.#vus.get(life);
    if (vu !== undefined && this.#vus.delete(life)) this.#free.push(vu);
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const life of [...this.#there]) this.#leave(life);
  }

  #begin(dueAtMs: number): void {
    const vu = this.#free.pop() ?? this.#vus.size + 1;
    const life = this.#lives.begin(vu, dueAtMs);
    this.#vus.set(life, vu);
    this.#there.add(life);
  }

  #leave(life: number): void {
    this.#there.delete(life);
    this.#lives.leave(life);
  }
}
