import type { EndEvidence } from "../../model/evidence.ts";
import type { CandidateRef } from "../../model/timeline.ts";
import { finding, type Rule, reason } from "../finding.ts";

const MAX_PAIRS = 6;
const show = ({ type, address, port }: CandidateRef): string => `${type} ${address || "(hidden)"}:${port}`;

/** Which checks had no answer, where nothing else is known. */
export const unexplained: Rule = ({ ends, hasPair, isDropped }) => {
  if (hasPair || isDropped) return [];
  return ends.flatMap((end) => {
    const last = end.iceStates.at(-1);
    const hasFailed = last?.state === "failed" || end.failure !== null;
    const unanswered = end.pairs.filter(({ state, answersReceived }) => state !== "succeeded" && !answersReceived);
    if (!hasFailed && unanswered.length === 0) return [];
    const because = unanswered
      .slice(0, MAX_PAIRS)
      .map(({ local, remote, checksSent, at }) =>
        reason(`${show(local)} to ${show(remote)}: ${checksSent ?? "some"} checks, no answer`, at),
      );
    const said = end.failure ? [reason(end.failure.message)] : last ? [reason(`ICE ${last.state}`, last.at)] : [];
    const code = end.failure?.code ?? "ice_failed";
    return [finding(code, "possible", summaryOf(end, unanswered.length), [...said, ...because], [UNKNOWN])];
  });
};

const UNKNOWN =
  "Where on the way the checks were lost: the far end's dump, the TURN server's log or a capture would tell.";

function summaryOf({ name, failure, candidates }: EndEvidence, unanswered: number): string {
  const kinds = ["host", "srflx", "relay"].filter((kind) => candidates.some(({ type }) => type === kind));
  const had = kinds.length > 0 ? `it had ${kinds.join(", ")} candidates` : "it had no candidates";
  if (failure) return `${name}: ${failure.message.replace(/\.$/, "")}; ${had}.`;
  if (unanswered === 0) return `ICE of ${name} failed; ${had}.`;
  const pairs = unanswered === 1 ? "1 pair" : `${unanswered} pairs`;
  return `${pairs} of ${name} had no answer to ${unanswered === 1 ? "its" : "their"} checks; ${had}.`;
}
