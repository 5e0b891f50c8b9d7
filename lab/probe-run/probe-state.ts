import type { ProbeResult } from "../model/probe.ts";
import { notAsked, type Question, resultOf } from "../probe/question.ts";
import { residentBytes } from "../resident-bytes.ts";
import { isAtLeast } from "../turn/coturn-version.ts";
import type { ProbeSetting } from "./probe-setting.ts";

/** 5 MB of a coturn 4.6.1: enough to tell from what a process takes by the page, and little beside what calls will take. */
const SOURCES = 250;
/** Who limits the rate of its challenges (unauthorized-ratelimit, from 4.14) leaves most of them without. */
const CHALLENGED_WITHIN_MS = 700;
/** Fewer, and one page more or less is what is seen. */
const LEAST = 100;
/** 4.6.1 takes 19,300 bytes, 4.17.1 none. */
const MAX_BYTES = 4_096;
/** The option, and that it is there without being asked for (coturn: docs/stateless-nonce.md). */
const STATELESS_SINCE = "4.17";

const QUESTION = {
  id: "state-per-source",
  group: "state",
  title: "Memory that the server takes for each source that it has challenged and that has said nothing since",
  expected: `less than ${MAX_BYTES / 1024} KiB`,
  severity: "note",
  reason: "Whoever spoofs sources fills the server's memory without a credential; it is kept for a minute.",
  fix: "coturn 4.17 or later, whose challenge keeps no state (stateless-nonce)",
  affects: null,
  option: "stateless-nonce",
} as const satisfies Question;

/** To be asked of a server that nobody has used yet: what others have given back would be taken again, unseen. */
export async function probeState(setting: ProbeSetting): Promise<ProbeResult[]> {
  const { lab, server, targets, limits } = setting;
  const { udp } = targets;
  const pid = lab.pids[server.name];
  if (!udp || pid === undefined) return [notAsked(QUESTION, null, "nothing listens on UDP")];
  const startedAt = performance.now();
  const before = await residentBytes(lab, pid);
  const { address, port } = udp;
  const { challenged } = await lab.observer.ask("challenge-sources", {
    address,
    port,
    sources: SOURCES,
    timeoutMs: Math.min(limits.timeoutMs, CHALLENGED_WITHIN_MS),
  });
  const after = await residentBytes(lab, pid);
  if (before === null || after === null) return [notAsked(QUESTION, null, "the server's memory cannot be read")];
  const durationMs = performance.now() - startedAt;
  if (challenged < LEAST) {
    const observed = `${challenged} of ${SOURCES} sources were challenged`;
    return [resultOf(QUESTION, { observed, verdict: "unclear", why: "too few to tell", durationMs })];
  }
  const bytesPerSource = Math.max(0, Math.round((after - before) / challenged));
  const isWeak = bytesPerSource >= MAX_BYTES;
  const version = server.found?.version ?? null;
  return [
    resultOf(QUESTION, {
      observed: `${(bytesPerSource / 1024).toFixed(1)} KiB`,
      verdict: isWeak ? "weak" : "ok",
      // Elsewhere no option would mend it.
      severity: isAtLeast(version, STATELESS_SINCE) ? "warning" : "note",
      measured: { sources: challenged, bytesPerSource },
      durationMs,
    }),
  ];
}
