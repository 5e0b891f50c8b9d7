import type { ProbeResult } from "../model/probe.ts";
import { bareRequest, exchange } from "./datagrams.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeLimits, ProbeTarget } from "./target.ts";

/** coturn 4.17 answers a bare Allocate with 3.8 times its bytes, 4.6.1 with 5.2: above this, something adds to it. */
export const MAX_RATIO = 4;

const GROUP = {
  group: "amplification",
  expected: `at most ${MAX_RATIO} times the bytes`,
  severity: "note",
  affects: null,
} as const;
const FIX = "no-software-attribute and no-rfc5780 (up to 4.6), unauthorized-ratelimit (from 4.14)";

export const AMPLIFICATION_QUESTIONS = {
  "amplification-binding": {
    ...GROUP,
    id: "amplification-binding",
    title: "Bytes back for a Binding request of 20 bytes",
    reason: "Whoever spoofs a victim's address lets the server send it more than it was sent.",
    fix: FIX,
    option: "no-software-attribute",
  },
  "amplification-allocate": {
    ...GROUP,
    id: "amplification-allocate",
    title: "Bytes back for a bare Allocate of 20 bytes",
    reason: "The challenge goes to whoever is named as the sender.",
    fix: FIX,
    option: "no-software-attribute",
  },
  "amplification-wrong-request": {
    ...GROUP,
    id: "amplification-wrong-request",
    title: "Bytes back for a Binding request with an attribute that there is not",
    reason: "Errors are answers, too.",
    fix: FIX,
    option: "no-software-attribute",
  },
} as const satisfies Record<string, Question>;

/** One datagram each, without credentials. `udp`: null where no URL is over UDP. */
export function askAmplification(udp: ProbeTarget | null, limits: ProbeLimits): Promise<ProbeResult[]> {
  return fillSheet(AMPLIFICATION_QUESTIONS, udp?.url ?? null, limits, async (sheet) => {
    if (!udp) throw new Error("no URL over UDP was given");
    const unknown = { name: "unknown", type: 0x7ffe, value: Buffer.alloc(0) } as const;
    const datagrams = {
      "amplification-binding": bareRequest("Binding"),
      "amplification-allocate": bareRequest("Allocate"),
      "amplification-wrong-request": bareRequest("Binding", [unknown]),
    };
    for (const id of Object.keys(datagrams) as (keyof typeof datagrams)[]) {
      sheet.signal.throwIfAborted();
      const { bytesIn, bytesOut, datagramsOut, durationMs } = await exchange(udp, datagrams[id], limits.timeoutMs);
      const ratio = Math.round((bytesOut / bytesIn) * 100) / 100;
      sheet.tell(id, {
        observed: bytesOut === 0 ? "silence" : `${ratio.toFixed(1)} times (${bytesOut} for ${bytesIn})`,
        verdict: bytesOut === 0 ? "unclear" : ratio > MAX_RATIO ? "weak" : "ok",
        measured: { ratio, bytesIn, bytesOut, datagramsOut },
        durationMs,
      });
    }
  });
}
