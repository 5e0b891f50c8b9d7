import type { GatePlan } from "../gate/plan-gate.ts";
import type { CheckFinding, CheckNeeds } from "../model/check.ts";
import type { GateSide } from "../model/gate.ts";
import { checkConfig } from "../turn-config/check-config.ts";
import { compareConfigs } from "../turn-config/compare-configs.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";

/** The configs of a gate by side, and the coturn that reads each; null where nobody knows yet. */
export type CheckedSides = Partial<Record<GateSide, { config: TurnConfig; version: string | null }>>;

/** What the files alone say: each by itself, the candidate against the baseline, and what no call can come to. Pure. */
export function gateChecks(side: GateSide, sides: CheckedSides, plan: GatePlan): CheckFinding[] {
  const inputs = { candidate: inputOf(sides.candidate, plan), baseline: inputOf(sides.baseline, plan) };
  const own = inputs[side];
  if (!own) return [];
  const { candidate, baseline } = inputs;
  return [
    ...checkConfig(own),
    ...plan.findings[side],
    ...(side === "candidate" && candidate && baseline ? compareConfigs(baseline, candidate) : []),
  ];
}

function inputOf(side: CheckedSides[GateSide], plan: GatePlan) {
  if (!side) return null;
  const { file, text } = side.config;
  return { file, text, values: new Map<string, string>(), version: side.version, needs: needsOf(plan) };
}

function needsOf({ profile, place }: GatePlan): CheckNeeds {
  const { concurrentCalls, bitsPerSecond, callSeconds, credentialLifetimeS, peerAddresses } = profile;
  return {
    urls: profile.iceServers.flatMap(({ urls }) => urls),
    publicAddress: place.publicAddress,
    ...{ concurrentCalls, bitsPerSecond, callSeconds, credentialLifetimeS, peerAddresses },
  };
}

/** Where options stand; of one that stands there several times the last line. */
export function linesOf({ text }: TurnConfig): Record<string, number> {
  return Object.fromEntries(parseConfig(text).map(({ key, number }) => [key, number]));
}
