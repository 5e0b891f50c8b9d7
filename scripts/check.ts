import { CHECK_SEVERITIES, type CheckRule, type CheckSeverity } from "../lab/model/check.ts";
import { CHECK_SCHEMA_VERSION, type CheckReport } from "../lab/model/check-report.ts";
import { didYouMean } from "../lab/model/nearest.ts";
import { EXIT } from "../lab/model/summary.ts";
import { formatFaults } from "../lab/scenario/check-scenario.ts";
import type { Fault } from "../lab/scenario/fault.ts";
import { CHECK_RULES } from "../lab/turn-config/check-config.ts";
import { SOURCE_RULES } from "../lab/turn-config/sources/source-rules.ts";
import { renderCheckAnnotations } from "../reports/gate/check-annotations.ts";
import { renderCheckJson } from "../reports/gate/check-json.ts";
import { renderCheckSarif } from "../reports/gate/check-sarif.ts";
import { renderCheckText } from "../reports/gate/check-text.ts";
import { checkFiles } from "./check-files.ts";
import { readGivenNeeds } from "./check-needs.ts";
import { serviceOf } from "./ci/service.ts";
import { readGivenValues } from "./given-values.ts";
import { InvalidInput } from "./invalid-input.ts";
import { projectVersion } from "./project-version.ts";
import { screenOf } from "./screen.ts";

export type CheckOptions = {
  coturnVersion?: string;
  profile?: string;
  iceServers?: string;
  set?: readonly string[];
  envFile?: readonly string[];
  format?: string;
  strict?: boolean;
};

const places = () => ({ root: serviceOf(process.env).root, cwd: process.cwd() });

const FORMATS = {
  text: (report: CheckReport) => renderCheckText(report, screenOf(process.stdout)),
  json: renderCheckJson,
  sarif: (report: CheckReport) => renderCheckSarif(report, places()),
  github: (report: CheckReport) => renderCheckAnnotations(report, places()),
} as const;

export const ALL_CHECK_RULES: readonly CheckRule[] = [...CHECK_RULES, ...SOURCE_RULES];

/** `turnlab check FILE…`: what is wrong with files that say how a coturn runs. Asks no Docker, and nothing of the network. */
export function checkCommand(paths: readonly string[], options: CheckOptions): number {
  const { coturnVersion: version = null, format = "text", strict = false } = options;
  const given = readGivenValues(options);
  const faults: Fault[] = [...given.faults];
  if (!Object.hasOwn(FORMATS, format)) {
    const names = Object.keys(FORMATS);
    faults.push({
      place: "--format",
      expected: `one of ${names.join(", ")}`,
      found: `"${format}"`,
      ...didYouMean(format, names),
    });
  }
  if (version !== null && !/^\d+\.\d+\.\d+(\.\d+)?$/.test(version))
    faults.push({ place: "--coturn-version", expected: "a version like 4.6.1", found: `"${version}"` });

  if (paths.length === 0)
    faults.push({
      place: "FILE",
      expected: "a turnserver.conf, or a file that starts a coturn; - is standard input",
      found: "nothing",
      hint: "./turnlab check /etc/turnserver.conf",
    });

  const needed = readGivenNeeds(options);
  const checked = checkFiles(paths, {
    values: given.values,
    version,
    ...(needed.needs ? { needs: needed.needs } : {}),
    ...(needed.given ? { given: needed.given } : {}),
    readsDotEnv: (options.envFile ?? []).length === 0,
  });
  const isAllRead = checked.faults.length === 0 && paths.length > 0;
  // Whether a name stands in a file that could not be read, nobody knows.
  if (isAllRead) faults.push(...given.unused(checked.texts));
  const all = [
    { heading: "command line", faults },
    ...needed.faults,
    ...checked.faults.map(({ file, faults: own }) => ({ heading: file, faults: own })),
  ].filter((one) => one.faults.length > 0);
  const messages = [...Map.groupBy(all, ({ heading }) => heading)].map(([heading, group]) =>
    formatFaults(
      heading,
      group.flatMap((one) => one.faults),
    ),
  );
  if (messages.length > 0) throw new InvalidInput(messages.join("\n\n"));

  const findings = needed.weigh(checked.findings);
  const count = (severity: CheckSeverity) => findings.filter((finding) => finding.severity === severity).length;
  const counts = Object.fromEntries(
    CHECK_SEVERITIES.map((severity) => [severity, count(severity)]),
  ) as CheckReport["counts"];
  const report: CheckReport = {
    schemaVersion: CHECK_SCHEMA_VERSION,
    turnlab: projectVersion(),
    strict,
    passed: counts.error === 0 && !(strict && counts.warning > 0),
    counts,
    files: checked.files,
    findings,
    rules: [...ALL_CHECK_RULES],
  };
  process.stdout.write(FORMATS[format as keyof typeof FORMATS](report));
  return report.passed ? EXIT.passed : EXIT.failed;
}
