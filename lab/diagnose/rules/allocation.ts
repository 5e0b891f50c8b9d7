import type { Diagnosis } from "../../model/diagnosis.ts";
import type { FailureCode } from "../../model/failure.ts";
import { serverAt, telling } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";
import { hostOf } from "../host-of.ts";

const QUOTAS = {
  "user-quota": "turn_user_quota",
  "total-quota": "turn_total_quota",
  "bps-capacity": "turn_bandwidth_quota",
} as const satisfies Record<string, FailureCode>;

const PLAIN: Record<number, FailureCode> = {
  300: "turn_alternate_not_followed",
  440: "turn_family_mismatch",
  442: "turn_unsupported_transport",
  443: "turn_family_mismatch",
  508: "turn_insufficient_capacity",
};

/** Allocate was answered with an error that is not about the credential. */
export const allocation: Rule = (facts) => {
  // coturn calls what it refused before it knew more of it a message.
  const refused = telling(facts).filter(({ method }) => method === "ALLOCATE" || method === "MESSAGE");
  return refused.flatMap(({ outcome, server, text, at }): Diagnosis[] => {
    if (typeof outcome !== "number") return [];
    const because = [reason(`${server}: ${outcome} ${text}`, at)];
    const code = PLAIN[outcome];
    if (code)
      return [
        finding(
          code,
          facts.ends.length > 0 ? "certain" : "likely",
          `${server} answers Allocate with ${outcome}.`,
          because,
        ),
      ];
    if (outcome === 437) {
      if (/realm/i.test(text)) return [];
      const unknown = facts.lab ? [] : ["Whether the client itself or a NAT took the port again."];
      return [
        finding(
          "turn_port_reused",
          facts.lab || /transaction/i.test(text) ? "certain" : "likely",
          `${server} still has an allocation for the port that it was asked from (437).`,
          because,
          unknown,
        ),
      ];
    }
    if (outcome !== 486) return [];
    if (/bandwidth/i.test(text))
      return [
        finding("turn_bandwidth_quota", "certain", `${server} has no bandwidth left to give away (486).`, because),
      ];
    const options = serverAt(facts, hostOf(server))?.options;
    const set = Object.entries(QUOTAS).filter(([key]) => options?.[key] !== undefined && Number(options[key]) > 0);
    const [only] = set;
    if (only && set.length === 1)
      return [
        finding(only[1], "certain", `${server} has reached its ${only[0]} of ${options?.[only[0]]} (486).`, [
          ...because,
          reason(`${only[0]}=${options?.[only[0]]}`),
        ]),
      ];
    const unknown = ["Which quota: the server's configuration tells (user-quota, total-quota, bps-capacity)."];
    return [finding("turn_quota_reached", "likely", `${server} gives no more allocations (486).`, because, unknown)];
  });
};
