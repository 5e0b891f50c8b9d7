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
  #left = 0;

  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  /** `atMs`: absolute monotonic; default: now. */
  add(step: TimelineStep, atMs: number = monotonicMs()): void {
    if (this.#entries.length >= MAX_TIMELINE_ENTRIES) {
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

/** `candidate:1 1 udp 2130706431 192.168.1.10 5000 typ host` (RFC 8839 section 5.1). Null where it is none. */
export function candidateRef(line: string): CandidateRef | null {
  const match = /^(?:a=)?candidate:\S+ \d+ \S+ \d+ (\S+) (\d+) typ (host|srflx|prflx|relay)\b/i.exec(line);
  if (!match) return null;
  const [, address = "", port, type = ""] = match;
  return { type: type.toLowerCase() as CandidateRef["type"], address, port: Number(port) };
}
