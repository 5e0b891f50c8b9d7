import type { GateFacts, GateSideFacts, ToldFinding } from "../model/gate.ts";
import type { ProbeResult } from "../model/probe.ts";
import { fixForVersion } from "./fix-for-version.ts";
import { placeOf, rankOf, severityOf, verdictOf } from "./place-findings.ts";

/** What the running candidate answered otherwise than a secure server, against the baseline's answers. */
export function probeFindings(
  candidate: GateSideFacts,
  baseline: GateSideFacts | undefined,
  profile: GateFacts["profile"],
): ToldFinding[] {
  const start = startFinding(candidate);
  const known = new Map(baseline?.probes.filter(isWeak).map((result) => [keyOf(result), result]));
  const weak = candidate.probes.filter(isWeak).flatMap((result): ToldFinding[] => {
    const { id, title, url, expected, observed, reason, fix, affects, option, hasReached } = result;
    const severity = severityOf(id, result.severity, profile);
    if (severity === null) return [];
    const key = keyOf(result);
    const proof = hasReached ? ["a listener of the lab at that address received the packet"] : [];
    return [
      {
        key,
        layer: "probe",
        rule: id,
        severity,
        verdict: verdictOf(severity, isKnown(result, known.get(key))),
        place: placeOf(candidate, option),
        option,
        affects: affects ?? "whoever runs the server",
        what: `${title}${url === null || title.includes(url) ? "" : ` (${url})`}: expected ${expected}, found ${observed}`,
        reason,
        fix: fixForVersion(fix, candidate.server.version),
        evidence: proof,
      },
    ];
  });
  return [...start, ...weak];
}

/** A candidate that does not start, or does not listen, is a failure whatever else is true. */
function startFinding(candidate: GateSideFacts): ToldFinding[] {
  const { start } = candidate;
  if (start === null || start.isUp) return [];
  return [
    {
      key: "probe server-does-not-start",
      layer: "probe",
      rule: "server-does-not-start",
      severity: "error",
      verdict: "fails",
      place: placeOf(candidate, null),
      option: null,
      affects: "all users",
      what:
        start.code === "turn_server_lost"
          ? "the server died while it was called"
          : "the server does not start, or does not listen where it is told to",
      reason: start.reason,
      fix: "what the server's log says: logs/candidate.turn.log in the run's folder has all of it",
      evidence: start.code === null ? [] : [start.code],
    },
  ];
}

/** How much less than before still counts as the same: a request may be lost. */
const SAME_SHARE = 0.9;

/** Whether the baseline is as weak in it: not less, and not in a lesser way. */
function isKnown(result: ProbeResult, before: ProbeResult | undefined): boolean {
  if (!before || rankOf(before.severity) > rankOf(result.severity)) return false;
  if (result.hasReached === true && before.hasReached !== true) return false;
  const [own, other] = [result.measured?.granted, before.measured?.granted];
  return own === undefined || other === undefined || own >= other * SAME_SHARE;
}

const isWeak = ({ verdict }: ProbeResult) => verdict === "weak";
const keyOf = ({ id, url }: ProbeResult) => `probe ${id} ${url ?? ""}`;
