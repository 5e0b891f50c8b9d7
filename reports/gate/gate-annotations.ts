import { isAbsolute, relative, resolve, sep } from "node:path";
import type { GateFinding, GateReport } from "../../lab/model/gate.ts";
import { oneLine } from "../render/format.ts";
import { describePlace } from "./gate-words.ts";

/** GitHub shows no more than ten errors and ten warnings of a step. */
const MAX_OF_A_LEVEL = 10;

type Level = "error" | "warning" | "notice";

/** Where files are: `cwd` is what their names start from, `root` what the annotation's must. */
export type Places = { root: string; cwd: string };

/**
 * GitHub's workflow commands, one a line, for each finding: errors are what fails, warnings and notices the rest. On the line of the
 * file where it lies in the repository, else with the place in the text (docs.github.com, "Workflow commands").
 */
export function gateAnnotations({ findings }: Pick<GateReport, "findings">, places: Places): string[] {
  const counts: Record<Level, number> = { error: 0, warning: 0, notice: 0 };
  return findings.flatMap((finding) => {
    const level = levelOf(finding);
    counts[level] += 1;
    return counts[level] > MAX_OF_A_LEVEL ? [] : [annotation(level, finding, places)];
  });
}

function levelOf({ verdict, severity }: GateFinding): Level {
  if (verdict === "fails") return "error";
  return verdict === "noted" && severity !== "note" ? "warning" : "notice";
}

function annotation(level: Level, finding: GateFinding, places: Places): string {
  const { affects, what, reason, fix, rule, verdict, place } = finding;
  const file = inRepository(place.file, places);
  const lines = [
    verdict === "already_there" ? `Already there: ${affects}` : affects,
    `Found: ${what}`,
    ...(file === null ? [`Where: ${describePlace(finding)}`] : []),
    `Why: ${reason}`,
    ...(fix === null ? [] : [`To change: ${fix}`]),
  ];
  const properties = {
    ...(file === null ? {} : { file, line: String(place.line ?? 1) }),
    title: `turnlab: ${oneLine(rule)}`,
  };
  const named = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${level} ${named.join(",")}::${escapeData(lines.map(oneLine).join("\n"))}`;
}

/** The path from the repository's root, with slashes; null where the file lies outside. */
export function inRepository(file: string, { root, cwd }: Places): string | null {
  const path = relative(root, resolve(cwd, file));
  return path === "" || path.startsWith("..") || isAbsolute(path) ? null : path.split(sep).join("/");
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(oneLine(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
