import type { CheckFinding, CheckSeverity } from "../../lab/model/check.ts";
import type { GateFinding } from "../../lab/model/gate.ts";
import { describeAlso, describeHit } from "./gate-words.ts";

/** One message on a line of a file, as GitHub shows it in a pull request. */
export type Annotation = {
  severity: CheckSeverity;
  /** Null: none that GitHub could show. */
  file: string | null;
  /** Null: the whole file. */
  line: number | null;
  title: string;
  message: string;
};

const COMMANDS: Record<CheckSeverity, string> = { error: "error", warning: "warning", note: "notice" };

/**
 * Workflow commands of GitHub Actions, one a line (actions/toolkit: packages/core/src/command.ts): `%`, line ends, and in
 * properties `:` and `,` too, are written in per cent.
 */
export function renderAnnotations(annotations: readonly Annotation[]): string {
  return annotations.map((annotation) => `${commandOf(annotation)}\n`).join("");
}

function commandOf({ severity, file, line, title, message }: Annotation): string {
  const place = {
    ...(file === null ? {} : { file }),
    ...(file === null || line === null ? {} : { line: String(line) }),
    title,
  };
  const properties = Object.entries(place).map(([key, value]) => `${key}=${escapeProperty(value)}`);
  return `::${COMMANDS[severity]} ${properties.join(",")}::${escapeData(message)}`;
}

export function checkAnnotation(finding: CheckFinding): Annotation {
  const { severity, file, line, rule, expected, found, reason, fix, affects } = finding;
  const lines = [
    `expected ${expected}; found ${found}.`,
    reason,
    ...(fix === null ? [] : [`To change: ${fix}`]),
    ...(affects === null ? [] : [`Affects ${affects}.`]),
  ];
  return { severity, file, line, title: `turnlab: ${rule}`, message: lines.filter((text) => text !== "").join("\n") };
}

/** What fails the gate is an error there, whatever its severity; what does not is at most a warning. */
export function gateAnnotation(finding: GateFinding): Annotation {
  const { verdict, severity, place, rule, reason, fix, also } = finding;
  const lines = [
    describeHit(finding),
    reason,
    ...(fix === null ? [] : [`To change: ${fix}`]),
    ...also.map((told) => `Also: ${describeAlso(told, finding)}`),
  ];
  return {
    severity: verdict === "fails" ? "error" : severity === "error" ? "warning" : severity,
    file: place.file,
    line: place.line,
    title: `turnlab: ${rule}${verdict === "already_there" ? " (already there)" : ""}`,
    message: lines.filter((text) => text !== "").join("\n"),
  };
}

function escapeData(text: string): string {
  return withoutControls(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}

/** What would steer a terminal or turn the text around; line ends are escaped behind this. */
function withoutControls(text: string): string {
  return text.replace(/(?![\r\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, " ");
}
