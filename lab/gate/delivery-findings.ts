import type { GateFacts, ToldFinding } from "../model/gate.ts";
import { statistics } from "../statistics/statistics.ts";
import { placeOf } from "./place-findings.ts";

/** Without a baseline: less of what is sent at the profile's bitrate must not arrive, in the median round. */
const LEAST_DELIVERY = 0.95;
const MIN_ROUNDS = 3;

/** Calls that connect and do not carry their bitrate; with a baseline that is a difference. */
export function deliveryFindings({ rounds, sides, profile }: GateFacts): ToldFinding[] {
  const { candidate } = sides;
  const shares = rounds.flatMap(({ deliveryShare }) => (deliveryShare === null ? [] : [deliveryShare]));
  const { med } = statistics(shares, "share");
  if (!candidate || shares.length < MIN_ROUNDS || med === null || med >= LEAST_DELIVERY) return [];
  const kilobits = Math.round(profile.bitsPerSecond / 1_000);
  return [
    {
      key: "calls delivery",
      layer: "calls",
      rule: "delivery",
      severity: "error",
      verdict: "fails",
      place: placeOf(candidate, candidate.lines["max-bps"] === undefined ? "bps-capacity" : "max-bps"),
      option: candidate.lines["max-bps"] === undefined ? "bps-capacity" : "max-bps",
      affects: "all users whose calls are relayed",
      what: `${(med * 100).toFixed(0)} % of what calls send at ${kilobits} kbit/s arrives`,
      reason: "The server drops what a session sends above max-bps, which counts bytes a second.",
      fix: `max-bps=${Math.ceil(profile.bitsPerSecond / 4)} or more, or none`,
      evidence: [`${shares.length} rounds with ${profile.concurrentCalls} calls at once`],
    },
  ];
}
