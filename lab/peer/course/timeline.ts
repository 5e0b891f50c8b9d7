import {
  type CandidateRef,
  MAX_TIMELINE_ENTRIES,
  type TimelineEntry,
  type TimelineStep,
} from "../../model/timeline.ts";
import { monotonicMs } from "./clock.ts";

/** What one peer does in a session, step by step, since it set out; bounded. */
export class Timeline {
  readonly #entries: TimelineEntry[] = [];
  readonly #startedAtMs: number;
  readonly #states = new Map<string, string>();
  #left = 0;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** `atMs`: absolute monotonic; default: now. */
  add(step: TimelineStep, atMs: number = monotonicMs()): void {
    if ("state" in step) {
      // Engines tell a state again when something beside it changes.
      if (this.#states.get(step.step) === step.state) return;
      this.#states.set(step.step, step.state);
    }
    // The last places are the end's: how it was lost, and as what it ended.
    const kept = step.step === "ended" ? 0 : step.step === "lost" ? 1 : 2;
    if (this.#entries.length >= MAX_TIMELINE_ENTRIES - kept) {
      this.#left++;
      return;
    }
    this.#entries.push({ atMs: Math.round((atMs - this.#startedAtMs) * 10) / 10, ...step } as TimelineEntry);
  }

  /** In the order of time; what was told late stands where it belongs. `left`: how many are not there. */
  get told(): { entries: TimelineEntry[]; left: number } {
    return { entries: this.#entries.toSorted((a, b) => a.atMs - b.atMs), left: this.#left };
  }
}

/** Of a candidate what a step says of it. */
export const refOf = ({ type, address, port }: CandidateRef): CandidateRef => ({ type, address, port });

/** `candidate:1 1 udp 2130706431 192.168.1.10 5000 typ host` (RFC 8839 section 5.1). Null where it is none. */
export function candidateRef(line: string): CandidateRef | null {
  const match = /^(?:a=)?candidate:\S+ \d+ \S+ \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)\b/i.exec(line);
  if (!match) return null;
  const [, address = "", port, type = ""] = match;
  return { type: type.toLowerCase() as CandidateRef["type"], address, port: Number(port) };
}
