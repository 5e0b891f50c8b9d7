import type { CheckFinding, CheckRule, CheckSeverity } from "./check.ts";

/** What `check --format json` prints. A contract with other programs; more keys may stand beside these. */
export const CHECK_SCHEMA_VERSION = 1;

/** One file that was named on the command line. */
export type CheckedFile = {
  /** As the user named it; `-` is standard input. */
  file: string;
  /** What it is: a turnserver.conf, a Docker Compose file, … */
  kind: string;
  /** The coturn that it was checked for, of each server that it starts; null where nothing says which. */
  coturnVersions: (string | null)[];
  /** Files beside it that were read too. */
  read: string[];
};

export type CheckReport = {
  schemaVersion: typeof CHECK_SCHEMA_VERSION;
  turnlab: string;
  /** Warnings count, too. */
  strict: boolean;
  passed: boolean;
  counts: Record<CheckSeverity, number>;
  files: CheckedFile[];
  /** By file, the worst first. */
  findings: CheckFinding[];
  /** Those that a finding names, and all others that were looked for. */
  rules: CheckRule[];
};
