import type { ServerTarget } from "../stun/transport.ts";

/** One listener of the server; `url`: the one that led there. */
export type ProbeTarget = ServerTarget & { url: string | null };

export type ProbeCredential = { username: string; password: string };

export type ProbeLimits = {
  /** Of one request. */
  timeoutMs: number;
  /** First retransmission over UDP. */
  rtoMs: number;
  /** Of one group of questions: what was not asked by then is not asked. */
  groupMs: number;
  /** Ends all of it: nothing more is asked, and what was taken is given back. */
  signal?: AbortSignal;
};

export const DEFAULT_PROBE_LIMITS: ProbeLimits = { timeoutMs: 2_000, rtoMs: 300, groupMs: 20_000 };

/** Aborted when a group's time is over, or all of it is to end. */
export function deadlineOf({ groupMs, signal }: Pick<ProbeLimits, "groupMs" | "signal">): AbortSignal {
  const deadline = AbortSignal.timeout(groupMs);
  return signal ? AbortSignal.any([deadline, signal]) : deadline;
}
