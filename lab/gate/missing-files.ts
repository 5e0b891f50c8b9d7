import type { CheckFinding } from "../model/check.ts";
import { nearest } from "../model/nearest.ts";
import { parseConfig } from "../turn-config/parse-config.ts";
import type { TurnConfig } from "../turn-config/read-config.ts";
import { Settings } from "../turn-config/settings.ts";
import { ungivenPaths } from "./given-files.ts";

export const FILE_RULES = [
  { id: "file-not-there", severity: "error", title: "The file names a path at which the machine has nothing." },
] as const;

/**
 * Paths of the candidate that the machine has nothing at: those of which the baseline's were given (`--file`), and its own not.
 * The lab's certificate in their place would hide it.
 */
export function missingFiles(candidate: TurnConfig, baseline: TurnConfig | null): CheckFinding[] {
  const given = baseline?.files ?? [];
  const lines = new Settings(parseConfig(candidate.text));
  const ofBaseline = new Set(given.length > 0 && baseline ? ungivenPaths(baseline).map(({ option }) => option) : []);
  return given.length === 0
    ? []
    : ungivenPaths(candidate)
        .filter(({ option }) => !ofBaseline.has(option))
        .map(({ option, path }) => {
          const meant = nearest(
            path,
            given.map((file) => file.path),
          );
          return {
            rule: "file-not-there",
            severity: "error",
            file: candidate.file,
            line: lines.lineOf(option)?.number ?? null,
            option,
            expected: `a file of the machine's for ${option}: ${given.map((file) => file.path).join(", ")}`,
            found: path,
            reason: "coturn goes on without it: without a certificate or its key it has neither TLS nor DTLS.",
            fix: meant === undefined ? `--file ${path}=FILE, if it is there.` : `${option}=${meant}`,
            affects: option === "cert" || option === "pkey" ? "users who come over TLS" : null,
          };
        });
}
