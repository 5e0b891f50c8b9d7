import { createColors } from "picocolors";
import type { CheckFinding, CheckSeverity } from "../../lab/model/check.ts";
import type { CheckedFile, CheckReport } from "../../lab/model/check-report.ts";
import { indent, wrap } from "../render/columns.ts";
import { oneLine, plural } from "../render/format.ts";
import type { Paint } from "../render/paint.ts";

export type Screen = { color: boolean; width: number };

const MARKS: Record<CheckSeverity, string> = { error: "✗", warning: "!", note: "·" };

/** For people: each file with what it was read as, its findings, and a last line that counts them. */
export function renderCheckText(report: CheckReport, { color, width }: Screen): string {
  const paint = createColors(color);
  const ofFile = Map.groupBy(report.findings, ({ file }) => file);
  const told = new Set(report.files.map(({ file }) => file));
  const named = report.files.flatMap((file) => [
    ...fileLines(file, ofFile.get(file.file) ?? [], { paint, width }),
    // What was read beside it, and is told of nowhere else.
    ...file.read.flatMap((path) => {
      if (told.has(path)) return [];
      told.add(path);
      return headed(`${nameOf(path)}  read with it`, ofFile.get(path) ?? [], { paint, width });
    }),
  ]);
  return `${[...named, ...verdictLines(report, paint)].map(asNoCommand).join("\n")}\n`;
}

/** What begins like this, behind blanks or not, is a command to GitHub's runner, wherever it was printed. */
function asNoCommand(line: string): string {
  return line.replace(/^(\s*)(?=::|##\[)/, "$1› ");
}

type Look = { paint: Paint; width: number };

function fileLines(
  { file, kind, coturnVersions }: CheckedFile,
  findings: readonly CheckFinding[],
  look: Look,
): string[] {
  const versions = [...new Set(coturnVersions)].map((version) =>
    version === null ? "any coturn" : `coturn ${version}`,
  );
  return headed(`${nameOf(file)}  ${[kind, ...versions].join(", ")}`, findings, look);
}

function headed(head: string, findings: readonly CheckFinding[], look: Look): string[] {
  const worst = (["error", "warning", "note"] as const).find((severity) =>
    findings.some((finding) => finding.severity === severity),
  );
  const mark = worst === undefined ? look.paint.green("✓") : paintOf(worst, look.paint)(MARKS[worst]);
  return [`${mark} ${look.paint.bold(head)}`, ...findings.flatMap((finding) => findingLines(finding, look)), ""];
}

function findingLines(finding: CheckFinding, { paint, width }: Look): string[] {
  const { file, line, severity, rule, expected, found, reason, fix, affects } = finding;
  const place = line === null ? nameOf(file) : `${nameOf(file)}:${line}`;
  const said = [
    `expected ${expected}; found ${found}`,
    ...(reason === "" ? [] : [reason]),
    ...(affects === null ? [] : [`affects: ${affects}`]),
  ];
  const fixes = (fix ?? "").split("\n").filter((text) => text !== "");
  return [
    `  ${paintOf(severity, paint)(`${MARKS[severity]} ${severity}`)}  ${place}  ${paint.dim(rule)}`,
    ...indent(
      said.flatMap((text) => wrap(oneLine(text), Math.max(20, width - 6))),
      6,
    ),
    // A line of the file is to be copied: it is not broken.
    ...fixes.map((text, index) => `      ${index === 0 ? "to change: " : "           "}${oneLine(text)}`),
  ];
}

function verdictLines({ counts, files, passed, strict }: CheckReport, paint: Paint): string[] {
  const { error, warning, note } = counts;
  const counted = [plural(error, "error"), plural(warning, "warning"), plural(note, "note")].join(", ");
  const rule = strict && error === 0 && warning > 0 ? " (--strict: warnings count)" : "";
  const words = `${passed ? "Passed" : "Failed"}: ${counted} in ${plural(files.length, "file")}${rule}.`;
  return [passed ? paint.green(words) : paint.red(words)];
}

const nameOf = (file: string) => (file === "-" ? "standard input" : oneLine(file));

function paintOf(severity: CheckSeverity, paint: Paint): (text: string) => string {
  return severity === "error" ? paint.red : severity === "warning" ? paint.yellow : paint.dim;
}
