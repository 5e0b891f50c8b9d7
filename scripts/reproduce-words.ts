import type { Reason } from "../lab/model/diagnosis.ts";
import { LEGS } from "../lab/model/failure.ts";
import { placeIn, placesOf } from "../lab/reproduce/conclusion.ts";
import { wrap } from "../reports/render/columns.ts";
import type { Findings, Reproduction } from "./reproduction.ts";

/** What `reproduce` prints for people, in two parts: what the evidence says, and what the lab made of it. Pure. */
export function describeFindings(findings: Findings, width: number): string {
  const { files, otherCalls, conclusions, diagnoses, unknown } = findings;
  const only = files.length === 1;
  // Of several that are only possible none is told before the others.
  const isGuess = diagnoses[0]?.confidence === "possible";
  const told = diagnoses.filter(({ confidence }) => isGuess || confidence !== "possible");
  const others = diagnoses.filter((one) => !told.includes(one));
  const lines = [
    "Evidence",
    ...files.flatMap(({ name, understood, notUnderstood }) => [
      ...item(`${name}: ${understood}`, width),
      ...notUnderstood.flatMap((text) => item(text, width, "! ", 4)),
    ]),
    ...(otherCalls > 0 ? item(`Of ${otherCalls + 1} calls in it, the one that failed first.`, width, "", 2) : []),
    "",
    "What it says of the networks",
    ...orNothing(
      conclusions.flatMap(({ text, confidence, because }) => [
        ...item(`${text} [${confidence}]`, width),
        ...reasons(because, width, only),
      ]),
    ),
    "",
    "Why the call failed",
    ...orNothing(told.flatMap((diagnosis) => describeDiagnosis(diagnosis, width, only))),
    ...others.flatMap(({ code, summary }) => item(`else ${code} [possible]: ${summary}`, width)),
    "",
    "What cannot be known from it",
    ...orNothing(
      [...new Set([...unknown, ...diagnoses.flatMap((one) => one.unknown)])].flatMap((text) => item(text, width)),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function describeDiagnosis(
  { code, confidence, leg, summary, because, means, change }: Findings["diagnoses"][number],
  width: number,
  only: boolean,
): string[] {
  return [
    ...item(`${code} [${confidence}]: ${summary}`, width),
    ...reasons(because, width, only),
    ...item(`Leg: ${LEGS[leg]}.`, width, "", 4),
    ...item(`Means: ${means}`, width, "", 4),
    ...item(`Change: ${change}`, width, "", 4),
  ];
}

export function describeScenario({ scenario }: Pick<Reproduction, "scenario">, width: number): string {
  if (!scenario) return "\nThe lab cannot build this cause: no scenario was written.\n";
  const assumed = scenario.assumed.flatMap((text) => item(text, width));
  const head = ["", `Scenario: ${scenario.file}, which must fail with ${scenario.code}`];
  return `${[...head, ...(assumed.length > 0 ? ["Assumed in it"] : []), ...assumed].join("\n")}\n`;
}

export function describeRun({ run, repairs }: Pick<Reproduction, "run" | "repairs">, width: number): string {
  if (!run) return "";
  const { comparison, reason } = run;
  const lines = [
    "",
    comparison === null
      ? `Not run: ${reason}`
      : comparison.isSame
        ? "✓ The lab fails in the same way"
        : "✗ The lab does not fail in the same way",
    ...(comparison?.agrees ?? []).flatMap((text) => item(text, width, "= ")),
    ...(comparison?.differs ?? []).flatMap((text) => item(text, width, "≠ ")),
    ...(repairs ? ["", "Repairs"] : []),
    ...(repairs ?? []).flatMap(({ name, text, passes, reason: why }) => {
      const mark = passes === null ? "? " : passes ? "✓ " : "✗ ";
      return item(`${name}: ${text}${why === null ? "" : ` (${why})`}`, width, mark);
    }),
  ];
  return `${lines.join("\n")}\n`;
}

const orNothing = (lines: string[]) => (lines.length === 0 ? ["  Nothing."] : lines);

/** `only`: there is one file, and its name is said already. */
const reasons = (because: readonly Reason[], width: number, only: boolean) =>
  because.slice(0, 6).flatMap(({ text, at }) => {
    const place = at && (only ? placeIn(at) : placesOf([{ at }]));
    return item(place ? `${text} (${place})` : text, width, "· ", 4);
  });

function item(text: string, width: number, mark = "", by = 2): string[] {
  const pad = " ".repeat(by);
  const [first = "", ...rest] = wrap(text, Math.max(40, width - by - mark.length));
  return [`${pad}${mark}${first}`, ...rest.map((line) => `${pad}${" ".repeat(mark.length)}${line}`)];
}
