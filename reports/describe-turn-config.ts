import type { ScenarioSummary } from "../lab/model/summary.ts";

type TurnConfigSummary = ScenarioSummary["turnConfigs"][string];

/** One thing to know about a server that ran a turnserver.conf of the user's. */
export type ConfigRemark = { isWarning: boolean; text: string };

/** What was filled in, what the lab put there or did otherwise, and what in the file deserves a look; never a secret. */
export function describeTurnConfig({
  file,
  filled,
  supplied,
  overridden,
  warnings,
}: TurnConfigSummary): ConfigRemark[] {
  const remark = (text: string): ConfigRemark => ({ isWarning: false, text });
  return [
    ...(filled.length === 0 ? [] : [remark(`filled in: ${filled.join(", ")}`)]),
    ...supplied.map(({ what, why }) => remark(`supplied by the lab: ${what}: ${why}`)),
    ...overridden.map(({ what, why }) => remark(`other than in the file: ${what}: ${why}`)),
    ...warnings.map(({ line, expected, found, hint }) => ({
      isWarning: true,
      text: `${line === null ? file : `${file}:${line}`}: expected ${expected}; found ${found}${hint === undefined ? "" : `. ${hint}`}`,
    })),
  ];
}
