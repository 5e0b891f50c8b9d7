import type { Diagnosis } from "../../model/diagnosis.ts";
import type { EndEvidence } from "../../model/evidence.ts";
import type { FailureCode } from "../../model/failure.ts";
import type { Facts } from "../facts.ts";
import { finding, type Rule, reason } from "../finding.ts";

/** A delay that an ICE agent's patience does not outlast (RFC 8445 section 14.3 and the engines' 15 to 30 s). */
const SLOW_MS = 3_000;

/** It rings, but never connects: what one peer said did not come to the other, or not in time. */
export const signalling: Rule = (facts) => {
  if (facts.hasPair || facts.isDropped) return [];
  return facts.lab ? inLab(facts) : facts.ends.flatMap((end) => seenAtOneEnd(end));
};

function inLab({ lab, ends }: Facts): Diagnosis[] {
  const counts = lab?.signalling;
  if (!counts) return [];
  const { sent, lost, maxDelayMs, early } = counts;
  // Where each end was told the other's candidates after all, something else may have been wrong as well.
  const isStarved = ends.some(
    (end) => end.farCandidates.length === 0 && ends.some((other) => other !== end && other.candidates.length > 0),
  );
  const told = (code: FailureCode, summary: string) => [
    finding(code, isStarved ? "certain" : "likely", summary, [
      reason(
        `of ${sent} signalling messages ${lost} were lost and ${early} came early, after up to ${Math.round(maxDelayMs)} ms`,
      ),
    ]),
  ];
  if (early > 0)
    return told(
      "signalling_reordered",
      `${early} of ${sent} signalling messages came before the description that they belong to, and were thrown away.`,
    );
  if (lost > 0) return told("signalling_lost", `${lost} of ${sent} signalling messages never came.`);
  if (maxDelayMs >= SLOW_MS) return told("signalling_slow", `Signalling took ${Math.round(maxDelayMs)} ms a message.`);
  return [];
}

function seenAtOneEnd({ name, descriptions, candidates, farCandidates, iceStates }: EndEvidence): Diagnosis[] {
  const failed = iceStates.find(({ state }) => state === "failed");
  if (descriptions.length === 0 && candidates.length > 0 && farCandidates.length === 0 && failed)
    return (["signalling_lost", "signalling_slow", "signalling_reordered"] as const).map((code) =>
      finding(
        code,
        "possible",
        `Of ${name}'s far end there is no candidate.`,
        [reason(`ICE ${failed.state}`, failed.at)],
        ["Whether the log would hold the far end's candidates if they had come, and in time."],
      ),
    );
  if (descriptions.length === 0) return [];
  const local = descriptions.find(({ side }) => side === "local");
  const remote = descriptions.find(({ side }) => side === "remote");
  if (local?.type === "offer" && !remote)
    return [
      finding(
        "signalling_lost",
        "likely",
        `${name} sent an offer, and no answer ever came.`,
        [reason("setLocalDescription(offer), and no setRemoteDescription", local.at)],
        ["Whether the callee got the offer: its own log would tell."],
      ),
    ];
  const isChecking = iceStates.some(({ state }) => state === "checking" || state === "failed");
  if (remote && farCandidates.length === 0 && (isChecking || iceStates.length === 0))
    return [
      finding(
        "signalling_lost",
        "likely",
        `${name} has the far end's description, and not one of its candidates.`,
        [reason("no remote candidate", remote.at)],
        ["Whether the far end gathered any: its own log would tell."],
      ),
    ];
  return [];
}
