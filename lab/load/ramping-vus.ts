import { durationMs } from "../model/duration.ts";
import type { RampingVus } from "../model/load.ts";
import { endingOf } from "./ending.ts";
import type { LoadRun } from "./load-run.ts";
import { stagesMs, vuSteps } from "./vu-steps.ts";

const DEFAULT_GRACEFUL_RAMP_DOWN = "30s";

/**
 * The number of VUs follows the stages (k6: ramping_vus). One that is no longer wanted ends its iteration within `gracefulRampDown`, and
 * goes on with the next where it is wanted again before that.
 */
export async function rampingVus(load: RampingVus, run: LoadRun): Promise<void> {
  const { gracefulRampDown = DEFAULT_GRACEFUL_RAMP_DOWN } = load;
  const totalMs = stagesMs(load.stages);
  run.endAfter(totalMs, endingOf(load).gracefulStopMs);
  const vus: RampedVu[] = [];
  for (const { atMs, vus: wanted } of vuSteps(load)) {
    if (!(await run.until(atMs)) || run.isOver) break;
    while (vus.length < wanted) vus.push(new RampedVu(vus.length + 1, run, durationMs(gracefulRampDown)));
    for (const [index, vu] of vus.entries()) {
      if (index < wanted) vu.want();
      else vu.release();
    }
  }
  await run.until(totalMs);
  await Promise.all(vus.map((vu) => vu.ended));
}

/** One VU that comes and goes. */
class RampedVu {
  readonly #number: number;
  readonly #run: LoadRun;
  readonly #gracefulMs: number;
  #isWanted = false;
  #iteration = 0;
  #stop = new AbortController();
  #ending: NodeJS.Timeout | undefined;
  #loop: Promise<void> | null = null;

  constructor(number: number, run: LoadRun, gracefulMs: number) {
    this.#number = number;
    this.#run = run;
    this.#gracefulMs = gracefulMs;
  }

  want(): void {
    clearTimeout(this.#ending);
    this.#isWanted = true;
    if (this.#loop) return;
    this.#stop = new AbortController();
    this.#loop = this.#work().finally(() => {
      this.#loop = null;
      clearTimeout(this.#ending);
    });
  }

  release(): void {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.#ending = setTimeout(() => this.#stop.abort(), this.#gracefulMs);
  }

  get ended(): Promise<void> {
    return this.#loop ?? Promise.resolve();
  }

  async #work(): Promise<void> {
    let signal = this.#run.endedOr(this.#stop.signal);
    while (this.#isWanted && !this.#run.isOver) {
      // Wanted again while its last iteration was being interrupted: the next one is not.
      if (this.#stop.signal.aborted) {
        this.#stop = new AbortController();
        signal = this.#run.endedOr(this.#stop.signal);
      }
      await this.#run.iterate(this.#number, this.#iteration++, performance.now(), signal);
    }
  }
}
