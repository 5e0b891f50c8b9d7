import type { Diagnosis } from "../lab/model/diagnosis.ts";
import type { FailureCode } from "../lab/model/failure.ts";
import type { Scenario } from "../lab/model/scenario.ts";
import type { Conclusion } from "../lab/reproduce/conclusion.ts";
import type { RepairName } from "../lab/reproduce/repairs.ts";
import type { Comparison } from "../lab/reproduce/same-way.ts";

/** What `reproduce --json` prints; these keys are a contract with other programs. */
export const REPRODUCTION_SCHEMA_VERSION = 1;

/** What files are and say. */
export type Findings = {
  files: { name: string; kind: string; understood: string; notUnderstood: string[] }[];
  /** Calls in the same files beside the one that is looked at, the worst. */
  otherCalls: number;
  conclusions: Conclusion[];
  diagnoses: (Diagnosis & { means: string; change: string })[];
  unknown: string[];
};

export type Reproduction = { schemaVersion: typeof REPRODUCTION_SCHEMA_VERSION } & Findings & {
    /** Null: the lab can build none of the causes. */
    scenario: { file: string; name: string; code: FailureCode; assumed: string[]; definition: Scenario } | null;
    /** Null: not run. */
    run: { folder: string; comparison: Comparison | null; reason: string | null } | null;
    /** Null: not asked for, or not run. `passes` is null where the lab could not say. */
    repairs: { name: RepairName; text: string; passes: boolean | null; reason: string | null }[] | null;
  };
