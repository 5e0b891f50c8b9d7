import type { ConfigOption } from "./config-option.ts";

/** The coturn of the lab's own image (docker/coturn: Debian's package). */
export const LAB_COTURN_VERSION = "4.6.1";

/** Below, at, or above zero, as `a` is older than, the same as, or newer than `b`; number by number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  const length = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let index = 0; index < length; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version knows an option; null, a version that nobody knows, might. */
export function isKnownTo({ since, until }: ConfigOption, version: string | null): boolean {
  if (version === null) return true;
  if (since !== undefined && compareVersions(version, since) < 0) return false;
  return until === undefined || compareVersions(version, until) < 0;
}

/** `coturn from 4.7.0 on`, `coturn before 4.7.0`, `coturn from 4.6.0 on, and before 4.7.0`. */
export function versionsOf({ since, until }: ConfigOption): string {
  const words = [since === undefined ? "" : `from ${since} on`, until === undefined ? "" : `before ${until}`];
  return `coturn ${words.filter((word) => word !== "").join(", and ")}`;
}
