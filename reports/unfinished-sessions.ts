import type { RunEvent } from "../lab/model/events.ts";
import { DEFAULT_RECOVERY, DEFAULT_SESSION_TIMEOUT_MS, DEFAULT_TRAFFIC, type Scenario } from "../lab/model/scenario.ts";
import type { TaggedSample } from "./tagged-samples.ts";

/** Between the end of a call and the word of it: closing, and a look at why it failed. */
const END_TOLD_WITHIN_MS = 2_000;

/** Calls under way in a load, and those of them that had to be over by now. */
export class UnfinishedSessions {
  readonly #limitMs: number;
  readonly #tags: TaggedSample["tags"];
  /** By session: Unix ms. In the order in which they began. */
  readonly #startedAt = new Map<number, number>();

  constructor(scenario: Scenario) {
    this.#limitMs = longestCallMs(scenario) + END_TOLD_WITHIN_MS;
    this.#tags = scenario.load.tags ?? {};
  }

  add(event: RunEvent): void {
    if (event.type === "session_started") this.#startedAt.set(event.session, event.at);
    if (event.type === "session_finished") this.#startedAt.delete(event.session);
  }

  /** Samples of `session_success`, of calls that have not connected, or not ended, in the time that they had. */
  overdueBy(now: number): TaggedSample[] {
    const overdue: TaggedSample[] = [];
    for (const at of this.#startedAt.values()) {
      if (now - at <= this.#limitMs) break;
      overdue.push({ metric: "session_success", at: now, value: 0, tags: this.#tags });
    }
    return overdue;
  }
}

/** To connect, to send what it sends, and to find its way back from a silence at its end. */
function longestCallMs({ sessionTimeoutMs, traffic, recovery }: Scenario): number {
  const { afterSilenceMs, withinMs } = { ...DEFAULT_RECOVERY, ...recovery };
  const silenceMs = recovery ? 2 * (afterSilenceMs + withinMs) : 0;
  return (
    (sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS) + (traffic?.durationMs ?? DEFAULT_TRAFFIC.durationMs) + silenceMs
  );
}
