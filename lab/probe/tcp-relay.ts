import type { ProbeResult } from "../model/probe.ts";
import { PROTOCOL_TCP } from "../stun/constants.ts";
import { fillSheet, type Question } from "./question.ts";
import type { ProbeCredential, ProbeLimits, ProbeTarget } from "./target.ts";
import { TurnQuestions } from "./turn-questions.ts";

/** Named in a CONNECT that is refused for another reason, so that nobody is dialled. */
const PEER = { address: "10.0.0.1", port: 9 };

export const TCP_RELAY_QUESTIONS = {
  "allocate-tcp-relay": {
    id: "allocate-tcp-relay",
    group: "tcp-relay",
    title: "An Allocate of a relay over TCP (RFC 6062)",
    expected: "442",
    severity: "warning",
    reason:
      "No browser asks for one. It lets every user open TCP connections from the server, as through a SOCKS proxy.",
    fix: "no-tcp-relay",
    affects: null,
    option: "no-tcp-relay",
  },
  "connect-on-udp-allocation": {
    id: "connect-on-udp-allocation",
    group: "tcp-relay",
    title: "A CONNECT from an allocation of UDP",
    expected: "403",
    severity: "warning",
    reason: "A relay of UDP opens TCP connections all the same (RFC 6062 section 5.2).",
    fix: "no-tcp-relay",
    affects: null,
    option: "no-tcp-relay",
  },
} as const satisfies Record<string, Question>;

/** `stream`: TCP or TLS; null: there is none. */
export function askTcpRelay(
  stream: ProbeTarget | null,
  credential: ProbeCredential | null,
  limits: ProbeLimits,
): Promise<ProbeResult[]> {
  return fillSheet(TCP_RELAY_QUESTIONS, stream?.url ?? null, limits, async (sheet) => {
    if (!stream) throw new Error("no URL over TCP or TLS was given");
    const signal = sheet.signal;
    {
      await using turn = await TurnQuestions.open(stream, credential, limits, signal);
      const { outcome, why, durationMs } = await turn.ask("Allocate", [
        { name: "REQUESTED-TRANSPORT", value: PROTOCOL_TCP },
      ]);
      if (outcome === 401) throw new Error(credential ? "the credential is refused" : "no credential was given");
      const verdict = outcome === 442 || outcome === 400 ? "ok" : outcome === "success" ? "weak" : "unclear";
      sheet.tell("allocate-tcp-relay", {
        observed: String(outcome),
        verdict,
        durationMs,
        ...(why === "" ? {} : { why }),
      });
    }
    await using turn = await TurnQuestions.open(stream, credential, limits, signal);
    const allocated = await turn.allocate();
    if (allocated.outcome !== "success") throw new Error(`no allocation: ${allocated.outcome} ${allocated.why}`.trim());
    const { outcome, why, durationMs } = await turn.ask("Connect", [{ name: "XOR-PEER-ADDRESS", value: PEER }]);
    const isOpen = outcome === "success" || outcome === 447;
    sheet.tell("connect-on-udp-allocation", {
      observed: String(outcome),
      verdict: isOpen ? "weak" : outcome === "none" ? "unclear" : "ok",
      durationMs,
      ...(why === "" ? {} : { why }),
    });
  });
}
