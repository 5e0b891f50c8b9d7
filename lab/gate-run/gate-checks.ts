import type { GatePlan } from "../gate/plan-gate.ts";
import type { CheckFinding, CheckNeeds } from "../model/check.ts";
import type { GateSide } from "../model/gate.ts";
import { withBaselineFixes } from "../turn-config/baseline-fixes.ts";
import { checkConfig } from "../turn-config/check-config.ts";
import { compareConfigs } from "../turn-config/compare-configs.ts";
import { KNOWN_OPTIONS } from "../turn-config/known-options.ts";
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
  const alone = [...checkConfig(own), ...plan.findings[side]];
  if (side !== "candidate" || !candidate || !baseline) return alone;
  return withBaselineFixes([...alone, ...compareConfigs(baseline, candidate)], baseline, candidate);
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

/** Where options stand; of one that stands there several times the line that counts, and none where all of them do. */
export function linesOf({ text }: Pick<TurnConfig, "text">): Record<string, number> {
  const byKey = Map.groupBy(parseConfig(text), ({ key }) => key);
  return Object.fromEntries(
    [...byKey].flatMap(([key, lines]) => {
      const last = lines.at(-1);
      return !last || (lines.length > 1 && KNOWN_OPTIONS[key]?.isList) ? [] : [[key, last.number]];
    }),
  );
}
